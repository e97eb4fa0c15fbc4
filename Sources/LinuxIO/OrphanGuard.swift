// SPDX-License-Identifier: Apache-2.0

import CLinux

/// A small process that outlives this one: where this is killed, or ends and leaves programs behind, the guard gives
/// them a grace and then kills what is left. It knows them by their pidfds, so it never hits another process.
///
/// PR_SET_PDEATHSIG would need no process, but it gives no grace, and a program of another user's loses it.
package final class OrphanGuard {
    private let socket: OwnedFD
    private let process: ProcessHandle

    /// Starts it.
    package init(grace: Duration) throws(IOError) {
        let pair = try UnixSocketPair()
        socket = try pair.near.duplicated()
        var result = clinux_spawn_result()
        let milliseconds = Int32(clamping: Int64(min(grace / .milliseconds(1), 1e9)))
        try shimCall("fork", clinux_start_guard(pair.far.number, milliseconds, &result))
        process = ProcessHandle(pid: result.pid, pidfd: OwnedFD(result.pidfd))
    }

    var number: Int32 { socket.number }

    package var pid: Int32 { process.pid }

    /// Calls `body`, on the loop's thread, where somebody has ended it. ``end()`` does not count.
    package func whenEnded(on loop: EventLoop, _ body: @escaping () -> Void) throws(IOError) {
        try process.whenExited(on: loop) { _ in body() }
    }

    /// Ends it; to be called when there is nothing left to guard.
    package func end() {
        process.killAndReap()
    }
}
