// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// A child process, held by a pidfd: its number cannot come to mean another process (pidfd_open(2)).
package final class ProcessHandle: ReadinessHandler {
    /// The time between two tries to reap a process that a debugger holds.
    private static let pause: Duration = .milliseconds(100)

    package let pid: Int32
    let pidfd: OwnedFD
    private var loop: EventLoop?
    private var registration: EventLoop.Registration?
    private var onExit: ((ProcessExit) -> Void)?
    /// Its number may belong to another process then.
    private var isReaped = false

    init(pid: Int32, pidfd: consuming OwnedFD) {
        self.pid = pid
        self.pidfd = pidfd
    }

    /// Calls `body` once, on the loop's thread, when the process has ended; it is reaped then.
    package func whenExited(on loop: EventLoop, _ body: @escaping (ProcessExit) -> Void) throws(IOError) {
        registration = try loop.register(pidfd.number, .readable, self)
        self.loop = loop
        onExit = body
        loop.children[pid] = self
    }

    /// Whether a signal has stopped it. The state stays for others to see (waitid(2), WNOWAIT).
    package var isStopped: Bool {
        var info = siginfo_t()
        let result = waitid(P_PIDFD, id_t(pidfd.number), &info, WSTOPPED | WNOHANG | Int32(WNOWAIT))
        // Without a change of state the structure is all zeros.
        return result == 0 && info.si_signo != 0
    }

    /// Sends a signal. A process that has ended is not an error.
    package func signal(_ number: Int32) throws(IOError) {
        let result = clinux_pidfd_send_signal(pidfd.number, number)
        if result == -ESRCH { return }
        try shimCall("pidfd_send_signal", result)
    }

    /// A copy of one of the process's own descriptors.
    ///
    /// - Throws: EBADF if it has none of this number, EPERM if this process may not trace it.
    package func descriptor(_ number: Int32) throws(IOError) -> OwnedFD {
        OwnedFD(try shimCall("pidfd_getfd", clinux_take_descriptor(pidfd.number, number)))
    }

    /// Signals the process and all others of its session. The process may have ended and left the others behind.
    package func signalSession(_ number: Int32) throws(IOError) {
        let result = clinux_signal_session(pidfd.number, pid, number)
        if result == -ESRCH { return }
        try shimCall("pidfd_send_signal", result)
    }

    /// The living processes of its session without itself.
    ///
    /// - Parameter limit: the most that are told.
    package func others(atMost limit: Int = ProcessExit.mostSurvivors) -> [Int32] {
        Array(unsafeUninitializedCapacity: limit) { buffer, count in
            count = Int(clinux_session_members(pidfd.number, pid, buffer.baseAddress, Int32(limit)))
        }
    }

    /// Kills the process with its session and waits for its end, which is not reported.
    package func killAndReap() {
        guard !isReaped else { return }
        isReaped = true
        // The loop keeps what is registered, and this keeps the loop.
        unregister()
        _ = clinux_signal_session(pidfd.number, pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    /// Waits for the end of a process that has been killed. It is not reported otherwise.
    ///
    /// - Returns: nil if the process is still there then. It may hang in the kernel, forever.
    package func reap(until deadline: ContinuousClock.Instant) -> ProcessExit? {
        unregister()
        var query = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        while true {
            let left = max(Duration.zero, ContinuousClock.now.duration(to: deadline))
            let result = poll(&query, 1, Int32(clamping: Int64(left / .milliseconds(1))))
            if result < 0, errno == EINTR { continue }
            return result > 0 ? reap() : nil
        }
    }

    func didBecomeReady(_ readiness: Readiness) {
        // A debugger that follows it is told of its end first, and may take its time.
        guard let exit = reap() else { return reapLater() }
        let body = onExit
        unregister()
        body?(exit)
    }

    /// Removed from epoll, because the pidfd of an ended process is ready at every turn.
    private func reapLater() {
        guard let loop else { return }
        if let registration { loop.unregister(registration, pidfd.number) }
        registration = nil
        loop.schedule(after: Self.pause) { [weak self] in
            guard let self, self.onExit != nil else { return }
            self.didBecomeReady(.readable)
        }
    }

    /// Nil if it has not ended, or if a debugger keeps it.
    private func reap() -> ProcessExit? {
        // Before its number can become another's.
        let survivors =
            if let loop { loop.endedSessions.survivors(of: self, among: loop.children.values) } else { others() }
        var status: Int32 = 0
        var usage = rusage()
        let reaped = wait4(pid, &status, WNOHANG, &usage)
        if reaped == 0 { return nil }
        isReaped = true
        // Another part of this program may have reaped it, or have ignored SIGCHLD in between (ECHILD).
        guard reaped == pid else { return .unseen(survivors: survivors) }
        return ProcessExit(waitStatus: status, usage: usage, survivors: survivors)
    }

    private func unregister() {
        if let registration { loop?.unregister(registration, pidfd.number) }
        loop?.children[pid] = nil
        loop?.endedSessions.forget(pid)
        registration = nil
        loop = nil
        onExit = nil
    }
}
