// SPDX-License-Identifier: Apache-2.0

import CLinux
import DequeModule
import Glibc

/// A small process that outlives this one. If this process is killed, or ends and leaves programs behind, the guard
/// gives them a grace and then kills the rest. It knows them by their pidfds, so it never hits another process.
///
/// A guard that nobody refers to any more is killed, and kills no other process.
///
/// PR_SET_PDEATHSIG would need no process, but it gives no grace, and a program of another user's loses it.
package final class OrphanGuard {
    /// The time between two tries to enrol programs.
    private static let pause: Duration = .milliseconds(10)
    private let socket: OwnedFD
    private let process: ProcessHandle
    /// How many tries in a row may fail. A guard that is stopped reads nothing and protects nothing.
    private let patience: Int
    private var loop: EventLoop?
    /// Programs that the guard does not know yet. About 270 fill its socket if it does not read.
    private var backlog: Deque<ProcessHandle> = []
    private var failedTries = 0

    /// Starts it.
    ///
    /// - Parameters:
    ///   - grace: what programs get to end by themselves.
    ///   - patience: what the guard gets to read. Then it is killed.
    package init(grace: Duration, patience: Duration = .seconds(5)) throws(IOError) {
        self.patience = Int(patience / Self.pause)
        let pair = try UnixSocketPair()
        socket = try pair.near.duplicated()
        var result = clinux_spawn_result()
        let milliseconds = Int32(clamping: Int64(min(grace / .milliseconds(1), 1e9)))
        try shimCall("fork", clinux_start_guard(pair.far.number, milliseconds, &result))
        process = ProcessHandle(pid: result.pid, pidfd: OwnedFD(result.pidfd))
    }

    deinit {
        // Before its socket closes, which would mean that this process has died.
        process.killAndReap()
    }

    var number: Int32 { socket.number }

    /// Whether the guard knows all programs.
    var isUpToDate: Bool { backlog.isEmpty }

    package var pid: Int32 { process.pid }

    /// Calls `body`, on the loop's thread, if somebody has ended the guard. ``end()`` does not count.
    package func whenEnded(on loop: EventLoop, _ body: @escaping () -> Void) throws(IOError) {
        try process.whenExited(on: loop) { _ in body() }
        self.loop = loop
    }

    /// Makes the guard end a program if this process dies. If its socket is full, it learns of the program later.
    package func enroll(_ program: ProcessHandle) {
        backlog.append(program)
        if backlog.count == 1 { tellOfBacklog() }
    }

    private func tellOfBacklog() {
        while let program = backlog.first {
            let code = clinux_enroll(socket.number, program.pidfd.number)
            // The guard is gone. The caller starts another one and enrols all programs.
            if code == -EPIPE || code == -ECONNRESET { return backlog.removeAll() }
            guard code == 0 else { return tryAgain() }
            backlog.removeFirst()
            failedTries = 0
        }
    }

    private func tryAgain() {
        failedTries += 1
        guard failedTries < patience else {
            backlog.removeAll()
            // The next guard reports its own end.
            _ = clinux_pidfd_send_signal(process.pidfd.number, SIGKILL)
            return
        }
        loop?.schedule(after: Self.pause) { [weak self] in self?.tellOfBacklog() }
    }

    /// Ends it; to be called when there is nothing left to guard.
    package func end() {
        process.killAndReap()
    }
}
