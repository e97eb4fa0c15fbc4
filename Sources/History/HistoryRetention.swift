// SPDX-License-Identifier: Apache-2.0

/// What the history keeps. Whatever passes a limit is deleted, the oldest first.
package struct HistoryRetention: Hashable, Sendable {
    /// Older events are deleted. Nil for no limit.
    package var maxAge: Duration? = .seconds(30 * 86_400)
    /// How many events are kept. Nil: no limit.
    package var maxEvents: Int?
    /// What the file may hold, in bytes, without the log beside it. Nil: no limit.
    package var maxBytes: Int64?
    /// Summaries of workers that ended longer ago than this are deleted. They outlive the workers' events. Nil for no
    /// limit.
    package var maxWorkerAge: Duration? = .seconds(365 * 86_400)
    /// Whether the messages of workers are stored too.
    package var messages = false

    package init() {}
}
