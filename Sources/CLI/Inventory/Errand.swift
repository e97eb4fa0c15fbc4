// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Work that may hang in the kernel, such as opening a file on a server that does not answer. It has its own thread,
/// which is left behind when time is up.
final class Errand: Sendable {
    private let work: @Sendable () -> Void
    /// The end of a pipe that closes when the work is done.
    private let done: Int32

    private init(_ work: @escaping @Sendable () -> Void, done: Int32) {
        self.work = work
        self.done = done
    }

    /// Nil if the work takes longer, or if there is no thread for it.
    static func result<Value: Sendable>(
        until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () -> Value
    ) -> Value? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        // This program starts no other program yet, so the flag is a precaution.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let box = Box<Value>()
        let errand = Errand({ box.value.withLock { $0 = work() } }, done: ends[1])
        guard errand.start() else {
            close(ends[1])
            return nil
        }
        guard isOver(ends[0], by: deadline) else { return nil }
        return box.value.withLock { $0 }
    }

    /// False if there is no thread for it.
    private func start() -> Bool {
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Errand>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        guard code == 0 else {
            Unmanaged<Errand>.fromOpaque(context).release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        work()
        close(done)
    }

    private static func isOver(_ descriptor: Int32, by deadline: ContinuousClock.Instant) -> Bool {
        while true {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = max(0, min((deadline - .now).wholeMilliseconds + 1, 60_000))
            let count = poll(&ready, 1, Int32(left))
            if count > 0 { return true }
            if count == 0, deadline <= .now { return false }
            if count < 0, errno != EINTR { return false }
        }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
