// SPDX-License-Identifier: Apache-2.0

import Shared

/// What a service manager is told, and when (sd_notify(3)).
struct ServiceReport: Sendable {
    /// What the agent is at one moment.
    struct Observation: Sendable {
        /// Whether the agent listens and has forked its first workers.
        var hasStarted: Bool
        var status: SupervisionStatus
        var instances: [InstanceInfo]
        var isReloading: Bool
    }

    private enum State {
        /// Workers start for the first time. Exits: `ready`.
        case starting
        /// Exits: `reloading`.
        case ready
        /// Workers are replaced by a reload. Exits: `ready`.
        case reloading
    }

    private var state = State.starting
    private var text = ""

    var isStarting: Bool { state == .starting }

    /// The lines for what has changed since the last call.
    /// - Parameter microseconds: the time by CLOCK_MONOTONIC, which belongs to `RELOADING=1`.
    mutating func lines(for seen: Observation, microseconds: @autoclosure () -> Int64) -> [String] {
        var lines: [String] = []
        switch state {
        case .starting where seen.hasStarted && seen.instances.allSatisfy(\.hasBegun),
            .reloading where !seen.isReloading:
            state = .ready
            lines.append("READY=1")
        case .ready where seen.isReloading:
            state = .reloading
            lines += ["RELOADING=1", "MONOTONIC_USEC=\(microseconds())"]
        case .starting, .ready, .reloading: break
        }
        let new = Self.text(for: seen.status)
        if new != text {
            text = new
            lines.append("STATUS=\(new)")
        }
        return lines
    }

    private static func text(for status: SupervisionStatus) -> String {
        guard status.desired > 0 else { return "no workers are wanted" }
        return "\(status.phase.rawValue): \(status.ready) of \(status.desired) workers ready"
    }

    /// What begins the end. The manager waits for as long as ``draining`` lines come.
    static func stopping(grace: Duration) -> [String] {
        ["STOPPING=1", "STATUS=stopping: workers have \(grace.components.seconds) s to end"] + draining
    }

    /// Gives the agent ten seconds more to end.
    static let draining = ["EXTEND_TIMEOUT_USEC=10000000"]
}

extension InstanceInfo {
    /// Whether it has been ready, or has failed, at least once.
    fileprivate var hasBegun: Bool {
        state != .starting || restarts > 0 || lastFailure != nil
    }
}
