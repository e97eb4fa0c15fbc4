// SPDX-License-Identifier: Apache-2.0

/// What of the history is kept; whatever passes one of the limits goes, the oldest first.
package struct HistoryRetention: Hashable, Sendable {
    /// Events that are older go. Nil: no limit.
    package var maxAge: Duration? = .seconds(30 * 86_400)
    /// How many events are kept. Nil: no limit.
    package var maxEvents: Int?
    /// What the file may hold, in bytes, without the log beside it. Nil: no limit.
    package var maxBytes: Int64?
    /// The summaries of workers that have been gone for longer go; they outlive the workers' events. Nil: no limit.
    package var maxWorkerAge: Duration? = .seconds(365 * 86_400)
    /// Whether the messages of workers are stored too.
    package var messages = false

    package init() {}
}
