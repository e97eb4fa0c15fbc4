// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
    @Test func `an actor runs on the loop's thread`() async throws {
        try await withEventLoop { loop in
            #expect(!loop.isCurrentThread)
            let state = OnLoop(loop, 0)
            #expect(await state.run { _, loop in loop.isCurrentThread })
        }
    }

    @Test func `jobs from many tasks all run, one at a time`() async throws {
        try await withEventLoop { loop in
            let state = OnLoop(loop, 0)
            await withTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask { for _ in 0..<100 { await state.run { count, _ in count += 1 } } }
                }
            }
            #expect(await state.run { count, _ in count } == 5000)
        }
    }

    @Test func `timers fire in the order of their deadlines`() async throws {
        try await withEventLoop { loop in
            let (names, continuation) = AsyncStream.makeStream(of: String.self)
            await OnLoop(loop, ()).run { _, loop in
                loop.schedule(after: .seconds(1)) {
                    continuation.yield("late")
                    continuation.finish()
                }
                loop.schedule(after: .zero) {
                    #expect(loop.isCurrentThread)
                    continuation.yield("now")
                    loop.schedule(after: .milliseconds(1)) { continuation.yield("soon") }
                }
            }
            var fired: [String] = []
            for await name in names { fired.append(name) }
            #expect(fired == ["now", "soon", "late"])
        }
    }

    @Test func `the thread's stack has its size whatever the limit of the process is`() async {
        await #expect(processExitsWith: .success) {
            // As if it had been started with `ulimit -s 1024`.
            guard ThreadStack.setDefault(1 << 20) else { exit(2) }
            let size = try await withEventLoop { loop in
                await OnLoop(loop, ()).run { _, _ in ThreadStack.size }
            }
            exit(size >= EventLoop.stackSize ? 0 : 1)
        }
    }

    @Test func `stop ends the thread and releases everything that was registered`() async throws {
        let pair = try SocketPair()
        defer { close(pair.near); close(pair.far) }
        let (ends, continuation) = AsyncStream.makeStream(of: Never.self)
        try await withEventLoop { loop in
            try await OnLoop(loop, ()).run { _, loop in
                _ = try loop.register(
                    pair.near, .readable,
                    Probe {
                        continuation.finish()
                    } onReady: { _ in
                    })
            }
        }
        for await _ in ends {}
    }

    @Test func `an event of a descriptor that was removed in the same turn reaches nobody`() async throws {
        try await withEventLoop { loop in
            let pairs = [try SocketPair(), try SocketPair(), try SocketPair()]
            defer { for pair in pairs { close(pair.near); close(pair.far) } }
            let (calls, continuation) = AsyncStream.makeStream(of: Int.self)
            let state = OnLoop(loop, [EventLoop.Registration?](repeating: nil, count: 2))
            // Both become ready before the loop looks again. Whichever is first forgets the other, whose place
            // then goes to a third that is not ready.
            try await state.run { _, loop in
                let shared = Registrations()
                for index in 0..<2 {
                    let handler = Probe {
                    } onReady: { _ in
                        continuation.yield(index)
                        for other in 0..<2 {
                            if let registration = shared.values[other] {
                                loop.unregister(registration, pairs[other].near)
                            }
                            shared.values[other] = nil
                        }
                        let third = Probe {
                        } onReady: { _ in
                            continuation.yield(2)
                        }
                        shared.third = try? loop.register(pairs[2].near, .readable, third)
                        loop.schedule(after: .zero) {
                            if let registration = shared.third { loop.unregister(registration, pairs[2].near) }
                            continuation.finish()
                        }
                    }
                    shared.values.append(try loop.register(pairs[index].near, .readable, handler))
                }
                for pair in pairs.prefix(2) { _ = send(pair.far, "x", 1, 0) }
            }
            var called: [Int] = []
            for await call in calls { called.append(call) }
            #expect(called.count == 1)
            #expect(called != [2])
        }
    }

    @Test func `a call on another thread traps`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop()
            loop.checkIsolated()
        }
    }

    /// What glibc tells of stacks. Its header hides these functions from Swift.
    private enum ThreadStack {
        private typealias Attributes = UnsafeMutablePointer<pthread_attr_t>
        private typealias Set = @convention(c) (Attributes) -> Int32
        private typealias Get = @convention(c) (pthread_t, Attributes) -> Int32

        /// Of threads that are started from now on without a size of their own.
        static func setDefault(_ size: Int) -> Bool {
            let set = unsafeBitCast(dlsym(nil, "pthread_setattr_default_np"), to: Set.self)
            return withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { buffer in
                let attributes = buffer.baseAddress!
                pthread_attr_init(attributes)
                defer { pthread_attr_destroy(attributes) }
                pthread_attr_setstacksize(attributes, size)
                return set(attributes) == 0
            }
        }

        /// Of this thread.
        static var size: Int {
            let get = unsafeBitCast(dlsym(nil, "pthread_getattr_np"), to: Get.self)
            return withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { buffer in
                let attributes = buffer.baseAddress!
                var size = 0
                guard get(pthread_self(), attributes) == 0 else { return 0 }
                pthread_attr_getstacksize(attributes, &size)
                pthread_attr_destroy(attributes)
                return size
            }
        }
    }

    private final class Registrations {
        var values: [EventLoop.Registration?] = []
        var third: EventLoop.Registration?
    }

    private final class Probe: ReadinessHandler {
        private let onReady: (Readiness) -> Void
        private let onDeinit: () -> Void

        init(_ onDeinit: @escaping () -> Void, onReady: @escaping (Readiness) -> Void) {
            self.onDeinit = onDeinit
            self.onReady = onReady
        }

        deinit { onDeinit() }

        func didBecomeReady(_ readiness: Readiness) { onReady(readiness) }
    }
}
