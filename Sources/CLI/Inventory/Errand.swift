// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// Work that may hang in the kernel, such as opening a file on a server that does not answer. It has its own thread,
/// which is left behind when time is up.
final class Errand: Sendable {
    /// The most pieces of work at once. Each may hang, and a thread costs memory.
    private static let mostThreads = 256

    private let body: @Sendable () -> Void

    private init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    /// Nil if the work takes longer, or if there is no thread for it.
    static func result<Value: Sendable>(
        until deadline: ContinuousClock.Instant, _ work: @escaping @Sendable () -> Value
    ) -> Value? {
        results(until: deadline, [work])[0]
    }

    /// Does all work at once. The results have the order of the work. Nil for work that takes longer.
    static func results<Value: Sendable>(
        until deadline: ContinuousClock.Instant, _ work: [@Sendable () -> Value]
    ) -> [Value?] {
        guard !work.isEmpty, let ends = pipeEnds() else { return work.map { _ in nil } }
        defer { close(ends.reading) }
        let batch = Batch(work, done: ends.writing)
        var threads = 0
        while threads < min(work.count, mostThreads), Errand({ batch.run() }).start() { threads += 1 }
        if threads > 0 { isOver(ends.reading, by: deadline) }
        return batch.stop()
    }

    /// Work that has begun.
    final class Pending: Sendable {
        private let descriptor: Int32

        fileprivate init(descriptor: Int32) {
            self.descriptor = descriptor
        }

        /// Whether the work has ended, or ends before the deadline.
        func isOver(by deadline: ContinuousClock.Instant) -> Bool {
            Errand.isOver(descriptor, by: deadline)
        }

        deinit {
            close(descriptor)
        }
    }

    /// Begins work whose result does not matter. Nil if there is no thread for it.
    static func begin(_ work: @escaping @Sendable () -> Void) -> Pending? {
        guard let ends = pipeEnds() else { return nil }
        guard
            Errand({
                work()
                close(ends.writing)
            }).start()
        else {
            close(ends.reading)
            close(ends.writing)
            return nil
        }
        return Pending(descriptor: ends.reading)
    }

    /// A pipe whose writing end is closed when the work is done. Nil if no descriptor is left.
    private static func pipeEnds() -> (reading: Int32, writing: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        // `node`, which `import` starts, must not get them.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// False if there is no thread for it.
    private func start() -> Bool {
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Errand>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, context)
        guard code == 0 else {
            Unmanaged<Errand>.fromOpaque(context).release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    /// Waits until the other end is closed, or time is up.
    @discardableResult
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

    /// Several pieces of work, for several threads.
    private final class Batch<Value: Sendable>: Sendable {
        private struct State {
            var next = 0
            var unfinished: Int
            var results: [Value?]
            /// The end of a pipe that is closed when all is done. Nil afterwards.
            var done: Int32?
        }

        private let work: [@Sendable () -> Value]
        private let state: Mutex<State>

        init(_ work: [@Sendable () -> Value], done: Int32) {
            self.work = work
            state = Mutex(State(unfinished: work.count, results: work.map { _ in nil }, done: done))
        }

        func run() {
            while let index = take() {
                let value = work[index]()
                state.withLock { state in
                    state.results[index] = value
                    state.unfinished -= 1
                    if state.unfinished == 0 { Self.close(&state) }
                }
            }
        }

        /// What is done so far. Nothing more is begun.
        func stop() -> [Value?] {
            state.withLock { state in
                state.next = work.count
                Self.close(&state)
                return state.results
            }
        }

        private func take() -> Int? {
            state.withLock { state in
                guard state.next < work.count else { return nil }
                state.next += 1
                return state.next - 1
            }
        }

        private static func close(_ state: inout State) {
            guard let done = state.done else { return }
            Glibc.close(done)
            state.done = nil
        }
    }
}
