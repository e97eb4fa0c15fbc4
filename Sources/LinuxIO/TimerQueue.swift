// SPDX-License-Identifier: Apache-2.0

/// The timers of an event loop. There are never many at once, so a sorted array is enough.
struct TimerQueue {
    private var timers: [(deadline: ContinuousClock.Instant, number: Int, body: () -> Void)] = []
    private var count = 0

    /// - Returns: what names it.
    @discardableResult
    mutating func add(at deadline: ContinuousClock.Instant, _ body: @escaping () -> Void) -> Int {
        count += 1
        let index = timers.firstIndex { $0.deadline > deadline } ?? timers.endIndex
        timers.insert((deadline, count, body), at: index)
        return count
    }

    /// A timer that has fired already is not an error.
    mutating func cancel(_ number: Int) {
        timers.removeAll { $0.number == number }
    }

    /// The longest wait. A deadline counts the time that the machine is suspended, and epoll_wait(2) does not. So the loop
    /// looks again soon after the machine has woken up.
    private static let longestWait = Duration.seconds(10)

    /// For epoll_wait(2): rounded up, so that the timer is due when the wait is over. 0 if one is due, -1 if there is
    /// none.
    func millisecondsToNext(now: ContinuousClock.Instant) -> Int32 {
        guard let next = timers.first else { return -1 }
        guard next.deadline > now else { return 0 }
        let wait = min(next.deadline - now, Self.longestWait)
        return Int32(wait.components.seconds * 1000 + wait.components.attoseconds / 1_000_000_000_000_000 + 1)
    }

    /// The body of the earliest timer that is due. The caller runs it, because it may set another timer.
    mutating func popDue(now: ContinuousClock.Instant) -> (() -> Void)? {
        guard let first = timers.first, first.deadline <= now else { return nil }
        return timers.removeFirst().body
    }
}
