// SPDX-License-Identifier: Apache-2.0

extension EventLoop {
    /// Calls `body` on the loop's thread after `delay`. Call it there.
    package func schedule(after delay: Duration, _ body: @escaping () -> Void) {
        checkThread()
        timers.add(at: .now + delay, body)
    }
}
