// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LinuxIO

@Suite struct TimerQueueTests {
    private let start = ContinuousClock.now

    private final class Log {
        var names: [String] = []
    }

    @Test func `due timers fire, earliest first, and equal ones in their order`() {
        var queue = TimerQueue()
        let log = Log()
        for (name, delay) in [("c", 30), ("a", 10), ("b", 20), ("a2", 10)] {
            queue.add(at: start + .milliseconds(delay)) { log.names.append(name) }
        }
        if queue.popDue(now: start + .milliseconds(9)) != nil { Issue.record("fired early") }
        while let body = queue.popDue(now: start + .milliseconds(20)) { body() }
        #expect(log.names == ["a", "a2", "b"])
        while let body = queue.popDue(now: start + .seconds(1)) { body() }
        #expect(log.names == ["a", "a2", "b", "c"])
    }

    @Test func `a cancelled timer does not fire, and the others do`() {
        var queue = TimerQueue()
        let log = Log()
        let timers = ["a", "b", "c"].map { name in queue.add(at: start) { log.names.append(name) } }
        queue.cancel(timers[1])
        while let body = queue.popDue(now: start) { body() }
        queue.cancel(timers[0])
        #expect(log.names == ["a", "c"])
    }

    @Test func `the wait is rounded up, and endless without timers`() {
        var queue = TimerQueue()
        #expect(queue.millisecondsToNext(now: start) == -1)
        queue.add(at: start + .microseconds(1500)) {}
        #expect(queue.millisecondsToNext(now: start) == 2)
        #expect(queue.millisecondsToNext(now: start + .seconds(5)) == 0)
    }

    /// epoll_wait(2) does not count the time that the machine is suspended, and a deadline does.
    @Test(arguments: [11, 3600, 1 << 40]) func `a wait is short enough to notice that the machine was suspended`(
        seconds: Int
    ) {
        var queue = TimerQueue()
        queue.add(at: start + .seconds(seconds)) {}
        #expect(queue.millisecondsToNext(now: start) == 10_001)
        #expect(queue.millisecondsToNext(now: start + .seconds(seconds)) == 0)
    }
}
