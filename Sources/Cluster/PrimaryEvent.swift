// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Something that happened to the primary or to one of its workers.
public struct PrimaryEvent: Sendable {
    /// Counts the events of this primary, from 1.
    public let number: UInt64
    /// When it happened.
    public let time: Timestamp
    private let snapshot: WorkerSnapshot?
    /// The command that caused it.
    public let requestID: String?
    /// Whether a command to this worker ended it. The command may have had no id.
    package internal(set) var isCommanded = false
    /// Whether a supervisor wanted it.
    package internal(set) var isSupervised = false
    /// What happened.
    public let kind: Kind

    /// The worker right after the event; nil for `setup`, and if it may be any of several.
    public var worker: WorkerInfo? { snapshot?.info }
    /// The id of ``worker``; nil if that is nil. It costs less to ask for.
    public var workerID: WorkerID? { snapshot?.info.id }

    init(number: UInt64, time: Timestamp, worker: WorkerSnapshot?, requestID: String?, kind: Kind) {
        self.number = number
        self.time = time
        snapshot = worker
        self.requestID = requestID
        self.kind = kind
    }

    /// What can happen, in Node's words.
    public enum Kind: Sendable {
        indirect case setup(ClusterSettings)
        case fork
        case online
        case listening(ListeningAddress)
        case message(WorkerMessage)
        /// Stands for messages that are not shown: too many came for the consumer, or one could not be read. If the event
        /// names a worker, they are that worker's. Its time is that of the last of them.
        case messagesLost(count: Int, since: Timestamp, because: String)
        /// Somebody asked the worker to leave. ``WorkerInfo/leaving`` says until when.
        case leaving
        case disconnect
        indirect case exit(ExitReport)
        /// Something that a supervisor did or saw, in its place among the primary's events.
        indirect case noted(EventNote)
    }
}
