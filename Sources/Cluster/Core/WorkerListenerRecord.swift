// SPDX-License-Identifier: Apache-2.0

import Shared

/// A worker's record of one of its listeners.
struct WorkerListenerRecord {
    enum Phase {
        /// The primary was asked. Exits: `opening`, or the record is dropped.
        case asking(sequence: Int)
        /// The driver is opening it. Exits: `open`, or the record is dropped.
        case opening(key: String?)
        /// Exits: `draining`.
        case open(key: String?)
        /// Closed; some of its connections are open. Exits: the record is dropped.
        case draining
    }

    let request: ListenRequest
    /// Nil if the primary was not asked.
    let index: Int?
    var phase: Phase
}

/// Names a listener of a worker.
struct ListenerID: Hashable, Sendable {
    let rawValue: Int
}
