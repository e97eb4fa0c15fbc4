// SPDX-License-Identifier: Apache-2.0

/// Decides which host begins next, and when no more begin.
///
/// Canaries come first. The others begin only if all canaries have succeeded.
struct HostRoll {
    private enum State {
        case waiting, running, succeeded, failed
    }

    private let hosts: [String]
    private let canaries: Set<String>
    private let width: Int
    private let stopsOnFailure: Bool
    private var states: [String: State]

    /// - Parameters:
    ///   - hosts: each of them once.
    ///   - width: how many hosts run at once.
    ///   - stopsOnFailure: whether a failure keeps further hosts from beginning. A canary's failure always does.
    init(_ hosts: [String], canaries: Set<String> = [], width: Int, stopsOnFailure: Bool) {
        self.hosts = hosts.filter(canaries.contains) + hosts.filter { !canaries.contains($0) }
        self.canaries = canaries
        self.width = width
        self.stopsOnFailure = stopsOnFailure
        states = Dictionary(hosts.map { ($0, .waiting) }) { first, _ in first }
    }

    /// The hosts that begin now.
    mutating func begin() -> [String] {
        let free = max(0, width - hosts(.running).count)
        let next = candidates.prefix(free)
        for host in next { states[host] = .running }
        return Array(next)
    }

    mutating func didEnd(_ host: String, succeeded: Bool) {
        states[host] = succeeded ? .succeeded : .failed
    }

    private var candidates: [String] {
        guard !isStopped else { return [] }
        let waiting = hosts(.waiting)
        let isProved = canaries.allSatisfy { states[$0] == .succeeded }
        return isProved ? waiting : waiting.filter(canaries.contains)
    }

    private var isStopped: Bool {
        hosts(.failed).contains { stopsOnFailure || canaries.contains($0) }
    }

    private func hosts(_ state: State) -> [String] { hosts.filter { states[$0] == state } }

    /// Hosts that may still begin.
    var toCome: [String] { isStopped ? [] : hosts(.waiting) }
    var done: [String] { hosts(.succeeded) }
    var failed: [String] { hosts(.failed) }
    var notStarted: [String] { hosts(.waiting) }
    var isOver: Bool { hosts(.running).isEmpty && candidates.isEmpty }

    /// The result, for people.
    var summary: [String] {
        [("done", done), ("failed", failed), ("not started", notStarted)].compactMap { title, hosts in
            hosts.isEmpty ? nil : "\(title): \(hosts.joined(separator: ", "))"
        }
    }
}
