// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import Shared
import Synchronization

/// Keeps clients of the API from taking the last of the process's descriptors: workers, their connections, the history
/// and the unix socket need them.
///
/// The kernel gives the lowest number that is free, so a high one says that nearly all are taken (open(2)).
final class DescriptorReserve: Sendable {
    private struct State {
        /// Open for nothing, to be closed when a connection comes and there is no other number for it.
        var spares: [Int32] = []
        var isShort = false
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
        let isShort = state.withLock { state in
            Self.refill(&state.spares)
            let isShort = state.spares.count < Self.spares || Self.lowestFree().map { $0 >= ceiling } ?? true
            report(isShort, &state)
            return isShort
        }
        return isShort ? "nearly all of the agent's \(limit) file descriptors are in use" : nil
    }

    /// What a client is told that finds none left for it.
    var refusal: ClusterError? {
        shortage.map { shortage in
            ClusterError(
                .unavailable, .outOfDescriptors,
                "\(shortage); close connections, or raise the agent's limit of open files",
                metadata: ["limit": "\(limit)"])
        }
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
        guard isShort != state.isShort else { return }
        state.isShort = isShort
        guard isShort else { return logger.notice("there are enough file descriptors again") }
        let now = ContinuousClock.now
        guard state.lastWarning.map({ $0.duration(to: now) >= Self.silence }) ?? true else { return }
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
