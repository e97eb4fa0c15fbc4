// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// A child process, held by a pidfd: its number cannot come to mean another process (pidfd_open(2)).
package final class ProcessHandle: ReadinessHandler {
    package let pid: Int32
    private let pidfd: OwnedFD
    private var loop: EventLoop?
    private var registration: EventLoop.Registration?
    private var onExit: ((ProcessExit) -> Void)?

    init(pid: Int32, pidfd: consuming OwnedFD) {
        self.pid = pid
        self.pidfd = pidfd
    }

    /// Calls `body` once, on the loop's thread, when the process has ended; it is reaped then.
    package func whenExited(on loop: EventLoop, _ body: @escaping (ProcessExit) -> Void) throws(IOError) {
        registration = try loop.register(pidfd.number, .readable, self)
        self.loop = loop
        onExit = body
    }

    /// Sends a signal. A process that has ended is no error.
    package func signal(_ number: Int32) throws(IOError) {
        let result = clinux_pidfd_send_signal(pidfd.number, number)
        if result == -ESRCH { return }
        try shimCall("pidfd_send_signal", result)
    }

    /// Has the guard end it where this process dies.
    package func enroll(with orphanGuard: OrphanGuard) throws(IOError) {
        try shimCall("sendmsg", clinux_send(orphanGuard.number, [0], 1, pidfd.number))
    }

    /// Kills the process and waits for its end, which is not reported.
    package func killAndReap() {
        // The loop keeps what is registered, and this keeps the loop.
        unregister()
        _ = clinux_pidfd_send_signal(pidfd.number, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    func didBecomeReady(_ readiness: Readiness) {
        var status: Int32 = 0
        var usage = rusage()
        // The pidfd is readable, so the process is there to be reaped and this does not block.
        let reaped = wait4(pid, &status, WNOHANG, &usage)
        guard reaped == pid else { return }
        let body = onExit
        unregister()
        body?(ProcessExit(waitStatus: status, usage: usage))
    }

    private func unregister() {
        if let registration { loop?.unregister(registration, pidfd.number) }
        registration = nil
        loop = nil
        onExit = nil
    }
}
