// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Reaps children that nobody started here: orphans that come to PID 1 and to a subreaper (PR_SET_CHILD_SUBREAPER,
/// prctl(2)), and children of a program that this one has replaced. Otherwise they would stay zombies.
///
/// A process has one of these, and no other children than those that its loop knows.
final class OrphanReaper: ReadinessHandler {
    private let event: OwnedFD
    private let loop: EventLoop
    private var registration: EventLoop.Registration?

    /// The most orphans that one turn reaps, so that a fork bomb does not starve other work.
    private static let mostPerTurn = 64

    init(loop: EventLoop) throws(IOError) {
        event = OwnedFD(try systemCall("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
        self.loop = loop
        registration = try loop.register(event.number, .readable, self)
        // The handler may use the descriptor from here on, so it stays open until the process ends.
        _ = Unmanaged.passRetained(self)
        try shimCall("sigaction", clinux_watch_children(event.number))
        // Some may have ended already.
        wakeAgain()
    }

    func didBecomeReady(_ readiness: Readiness) {
        var count: UInt64 = 0
        _ = read(event.number, &count, 8)
        for _ in 0..<Self.mostPerTurn {
            let pid = clinux_ended_child()
            guard pid > 0 else { return }
            if let child = loop.children[pid] {
                // This process is reported before all others until it is reaped.
                child.didBecomeReady(.readable)
                if loop.children[pid] != nil { return }
            } else {
                var status: Int32 = 0
                guard waitpid(pid, &status, WNOHANG) == pid else { return }
            }
        }
        wakeAgain()
    }

    private func wakeAgain() {
        var one: UInt64 = 1
        _ = write(event.number, &one, 8)
    }
}

extension EventLoop {
    /// Reaps children that nobody started here, from now on: see ``OrphanReaper``.
    package func reapOrphans() throws(IOError) {
        _ = try OrphanReaper(loop: self)
    }
}
