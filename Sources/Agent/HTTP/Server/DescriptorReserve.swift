// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import Shared
import Synchronization

/// Keeps clients of the API from taking the last descriptors of the process. Workers, their connections, the history
/// and the unix socket need them.
///
/// The kernel gives the lowest free number (open(2)). So if each client's number is checked right after accept(2),
/// clients' numbers stay below the ceiling, whatever other files are opened and closed.
final class DescriptorReserve: Sendable {
    private struct State {
        /// Open without a use. It is closed if a connection comes and no other number is left.
        var spares: [Int32] = []
        /// Connections that were accepted and will be refused.
        var surplus: Set<ObjectIdentifier> = []
        /// Whether the log has a shortage's beginning but not its end.
        var isTold = false
        var lastWarning: ContinuousClock.Instant?
    }

    /// How many descriptors the process may have.
    private let limit: Int
    /// Clients over TCP do not get this number or a higher one.
    private let ceiling: Int
    private let logger: Logger
    private let state = Mutex(State())

    private static let mostKept = 64
    private static let spares = 2
    /// A shortage that comes and goes is logged once in this time.
    private static let silence = Duration.seconds(60)

    /// - Parameter limit: nil for the process's own.
    init(limit: Int? = nil, logger: Logger) {
        self.logger = logger
        self.limit = limit ?? Self.processLimit
        let free = max(0, self.limit - (Self.lowestFree() ?? self.limit))
        ceiling = self.limit - min(Self.mostKept, max(1, free / 2))
        state.withLock { Self.refill(&$0.spares) }
    }

    deinit {
        state.withLock { for spare in $0.spares { close(spare) } }
    }

    /// Why clients over TCP are refused. Nil if there are enough descriptors.
    var shortage: String? {
        state.withLock { checkShortage(&$0) } ? shortageText : nil
    }

    private var shortageText: String { "nearly all of the agent's \(limit) file descriptors are in use" }

    private func checkShortage(_ state: inout State) -> Bool {
        Self.refill(&state.spares)
        let isShort = state.spares.count < Self.spares || Self.lowestFree().map { $0 >= ceiling } ?? true
        report(isShort, &state)
        return isShort
    }

    /// Call it right after accept(2), before anything else.
    func didAccept(_ connection: ObjectIdentifier) {
        state.withLock { state in
            if checkShortage(&state) { state.surplus.insert(connection) }
        }
    }

    /// From now on the number belongs to another connection.
    func didClose(_ connection: ObjectIdentifier) {
        state.withLock { _ = $0.surplus.remove(connection) }
    }

    /// The refusal for the client of this connection. Nil if it may stay.
    func refusal(of connection: ObjectIdentifier) -> ClusterError? {
        guard state.withLock({ $0.surplus.contains(connection) }) else { return nil }
        return ClusterError(
            .unavailable, .outOfDescriptors,
            "\(shortageText); close connections, or raise the agent's limit of open files",
            metadata: ["limit": "\(limit)"])
    }

    /// Frees a number for a connection that could not be accepted.
    /// - Returns: false if no number is left.
    func lend() -> Bool {
        state.withLock { state in
            report(true, &state)
            guard let spare = state.spares.popLast() else { return false }
            close(spare)
            return true
        }
    }

    private func report(_ isShort: Bool, _ state: inout State) {
        guard isShort != state.isTold else { return }
        let now = ContinuousClock.now
        guard state.lastWarning.map({ $0.duration(to: now) >= Self.silence }) ?? true else { return }
        state.isTold = isShort
        guard isShort else { return logger.notice("there are enough file descriptors again") }
        state.lastWarning = now
        logger.warning(
            "nearly all file descriptors are in use; clients over TCP are refused; raise the limit of open files (ulimit -n, LimitNOFILE=), or lower limits.connections",
            metadata: ["limit": "\(limit)"])
    }

    private static func refill(_ spares: inout [Int32]) {
        while spares.count < Self.spares {
            let spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard spare >= 0 else { return }
            spares.append(spare)
        }
    }

    /// Nil if no number is free, or if the machine cannot open another file.
    private static func lowestFree() -> Int? {
        let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        close(number)
        return Int(number)
    }

    private static var processLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }
}
