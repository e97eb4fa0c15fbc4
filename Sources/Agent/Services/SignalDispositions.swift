// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What signals do before ``ProcessSignals`` takes some of them over. A process begins with what its parent has blocked and
/// ignored (execve(2)), and whoever starts the agent may have left anything there.
enum SignalDispositions {
    /// Lets every signal in: one that is blocked would never come. To be called before there are threads, which begin with
    /// the mask of the one that makes them.
    static func unblockAll() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// Ignores what would end or stop the agent for no reason of its own, and learns of its children's ends.
    static func prepare() {
        // Ignored, it would have the kernel keep no exit status of a worker.
        signal(SIGCHLD, SIG_DFL)
        // A write to a pipe that nobody reads, beyond the largest file that is allowed, or to the terminal of another job:
        // the error says it, or there is none.
        for number in [SIGPIPE, SIGXFSZ, SIGTTOU] { signal(number, SIG_IGN) }
        // The agent reads nothing from its terminal.
        signal(SIGTTIN, SIG_IGN)
        // They mean nothing to the agent. `ProcessSignals` says so in the log.
        for number in [SIGUSR1, SIGUSR2] { signal(number, SIG_IGN) }
    }

    /// Whether whoever started this process wants it to live on when the terminal goes (nohup(1)).
    static var ignoresHangup: Bool {
        var action = sigaction()
        guard sigaction(SIGHUP, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == Self.ignored
    }

    /// SIG_IGN, a cast that Swift imports as a function.
    private static let ignored = 1
}
