// SPDX-License-Identifier: Apache-2.0

import Shared

/// How a worker's process ended and what it used, as the driver reports it.
struct ProcessOutcome: Hashable, Sendable {
    /// Nil where a signal ended it.
    let code: Int32?
    let signal: Int32?
    let maxRssBytes: Int64
    let userMs: Int64
    let systemMs: Int64
    /// The last that it wrote to its standard error, where that was a pipe.
    var stderr: String?
}

extension ProcessOutcome {
    /// - Parameters:
    ///   - isLeaving: the worker was disconnected before.
    ///   - disconnectSignal: what told it so; nil where that was a message.
    func reason(isLeaving: Bool, by disconnectSignal: Signal?) -> ExitReport.Reason {
        guard let signal else { return isLeaving ? .disconnected : .exited }
        return isLeaving && signal == disconnectSignal?.number ? .disconnected : .signaled
    }
}
