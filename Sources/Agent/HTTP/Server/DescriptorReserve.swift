// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import Shared
import Synchronization

/// Keeps clients of the API from taking the last of the process's descriptors: workers, their connections, the history
/// and the unix socket need them.
///
/// The kernel gives the lowest number that is free (open(2)). So if all clients over TCP are asked for right when they
/// are accepted, their numbers stay below the ceiling, whoever else opens and closes what.
final class DescriptorReserve: Sendable {
    private struct State {
        /// Open for nothing, to be closed when a connection comes and there is no other number for it.
        var spares: [Int32] = []
        /// Connections that were accepted and are to be refused.
        var surplus: Set<ObjectIdentifier> = []
        /// Whether a shortage is in the log whose end is not.
        var isTold = false
        var lastWarning: ContinuousClock.Instant?
    }

    /// How many the process may have open.
    private let limit: Int
    /// From this number on they are not for clients over TCP.
    private let ceiling: Int
    private let logger: Logger
    private let state = Mutex(State())

    private static let mostKept = 64
    private static let spares = 2
    /// A shortage that comes and goes is told once in this time.
    private static let silence = Duration.seconds(60)

    /// - Parameter limit: nil: the process's.
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

    /// Why clients over TCP are refused; nil while there are enough descriptors.
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

    /// Right after a connection was accepted, before anything else is.
    func didAccept(_ connection: ObjectIdentifier) {
        state.withLock { state in
            if checkShortage(&state) { state.surplus.insert(connection) }
        }
    }

    /// It names another connection from now on.
    func didClose(_ connection: ObjectIdentifier) {
        state.withLock { _ = $0.surplus.remove(connection) }
    }

    /// What the client is told that has this connection; nil if it may keep it.
    func refusal(of connection: ObjectIdentifier) -> ClusterError? {
        guard state.withLock({ $0.surplus.contains(connection) }) else { return nil }
        return ClusterError(
            .unavailable, .outOfDescriptors,
            "\(shortageText); close connections, or raise the agent's limit of open files",
            metadata: ["limit": "\(limit)"])
    }

    /// Gives a number free for a connection that could not be accepted.
    /// - Returns: false if none is left to give.
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

    /// Nil if there is none, or the machine cannot open one file more.
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
