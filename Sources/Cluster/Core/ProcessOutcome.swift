// SPDX-License-Identifier: Apache-2.0

import Shared

/// How a worker's process ended and what it used, as the driver reports it.
struct ProcessOutcome: Hashable, Sendable {
    /// Nil if a signal ended it, or if another part of this program has taken its exit status.
    let code: Int32?
    let signal: Int32?
    let maxRssBytes: Int64
    let userMs: Int64
    let systemMs: Int64
    /// The last that it wrote to its standard error, if that was a pipe.
    var stderr: String?
    /// See `ExitReport.logSeq`.
    var logSeq: Int64?
    /// Processes of its session that lived on.
    var survivors: [Int32] = []
}
