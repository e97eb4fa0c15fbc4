// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Which events to read; all that is named must hold.
package struct EventQuery: Hashable, Sendable {
    package enum Order: Hashable, Sendable {
        case ascending, descending
    }

    /// Empty: every type.
    package var types: Set<EventType>
    package var workerID: WorkerID?
    package var requestID: String?
    /// Not older than this.
    package var since: Timestamp?
    /// Older than this, so that queries for adjoining times share no event.
    package var until: Timestamp?
    /// Exclusive.
    package var afterSeq: Int64?
    /// Exclusive.
    package var beforeSeq: Int64?
    /// By `seq`, not by time: the clock may be set back.
    package var order: Order
    /// How many at most.
    package var limit: Int

    package init(
        types: Set<EventType> = [], workerID: WorkerID? = nil, requestID: String? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil, afterSeq: Int64? = nil, beforeSeq: Int64? = nil, order: Order = .ascending,
        limit: Int = 100
    ) {
        self.types = types
        self.workerID = workerID
        self.requestID = requestID
        self.since = since
        self.until = until
        self.afterSeq = afterSeq
        self.beforeSeq = beforeSeq
        self.order = order
        self.limit = limit
    }

    /// Whether messages that are stored are among the events.
    package var wantsMessages: Bool { types.isEmpty || types.contains(.message) }
}
