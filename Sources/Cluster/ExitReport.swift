// SPDX-License-Identifier: Apache-2.0

public import Shared

/// How a worker's process ended and what it used.
public struct ExitReport: Hashable, Sendable {
    public enum Reason: String, Hashable, Sendable {
        /// By itself, with a code.
        case exited
        /// By a signal.
        case signaled
        /// There never was a process.
        case spawnFailed
    }

    public let reason: Reason
    /// Nil where a signal ended it.
    public let code: Int32?
    /// Nil where it ended by itself.
    public let signal: Signal?
    /// From fork to exit.
    public let uptimeMs: Int64
    /// The largest resident set, in bytes (getrusage(2)).
    public let maxRssBytes: Int64
    /// CPU time in user mode.
    public let userMs: Int64
    /// CPU time in the kernel.
    public let systemMs: Int64
}
