// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What signals do before ``ProcessSignals`` takes some of them over. A process inherits blocked and ignored signals
/// (execve(2)), and the agent's parent may have left any of them so.
enum SignalDispositions {
    /// Unblocks all signals: a blocked one would never arrive. Call it before there are threads, because a thread
    /// inherits the mask.
    static func unblockAll() {
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
    }

    /// Ignores signals that would end or stop the agent for no good reason, and learns of its children's ends.
    static func prepare() {
        // If it were ignored, the kernel would keep no exit status of a worker.
        signal(SIGCHLD, SIG_DFL)
        // These signals come from a write to a pipe that nobody reads, from a write beyond the file size limit, or from
        // a write to the terminal of another job. If the signal is ignored, the write fails with an error that says the
        // same, or it succeeds.
        for number in [SIGPIPE, SIGXFSZ, SIGTTOU] { signal(number, SIG_IGN) }
        // The agent reads nothing from its terminal.
        signal(SIGTTIN, SIG_IGN)
        // Swift's runtime takes it for a crash: it stops all threads and writes a report (SWIFT_BACKTRACE). Until
        // `ProcessSignals` takes it over, it ends the process.
        signal(SIGQUIT, SIG_DFL)
        // They mean nothing to the agent. `ProcessSignals` logs the two that people send to other programs.
        for number in [SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXCPU, SIGSTKFLT] + realTime {
            signal(number, SIG_IGN)
        }
    }

    /// Signals without a meaning of their own, which end a process too (signal(7)). The C library keeps the two below.
    private static let realTime = Array(__libc_current_sigrtmin()...64)

    /// Whether the process was started to outlive its terminal (nohup(1)).
    static var ignoresHangup: Bool {
        var action = sigaction()
        guard sigaction(SIGHUP, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == Self.ignored
    }

    /// SIG_IGN is a cast, and Swift imports it as a function.
    private static let ignored = 1
}
