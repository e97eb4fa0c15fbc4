// SPDX-License-Identifier: Apache-2.0

/// An event that another part of the program puts among the primary's events.
public struct EventNote: Hashable, Sendable {
    /// What kind of event it becomes.
    public var type: EventType
    /// The worker that it is about, if it is about one.
    public var workerId: WorkerID?
    /// Its data.
    public var data: EventData

    /// A note with this content.
    public init(_ type: EventType, workerId: WorkerID? = nil, data: EventData) {
        self.type = type
        self.workerId = workerId
        self.data = data
    }
}
