// SPDX-License-Identifier: Apache-2.0

extension EventLoop {
    /// Calls `body` on the loop's thread after `delay`. Call it there.
    ///
    /// - Returns: what cancels it.
    @discardableResult
    package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> Int {
        schedule(at: .now + delay, body)
    }

    /// Calls `body` on the loop's thread at a moment. Call it there.
    @discardableResult
    package func schedule(at moment: ContinuousClock.Instant, _ body: @escaping () -> Void) -> Int {
        checkThread()
        return timers.add(at: moment, body)
    }

    /// Takes a timer back. One that has fired already is no error.
    package func cancel(_ timer: Int) {
        checkThread()
        timers.cancel(timer)
    }
}
