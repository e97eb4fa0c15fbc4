// SPDX-License-Identifier: Apache-2.0

/// What a part of the program beside the primary has to say, among the primary's events.
public struct EventNote: Hashable, Sendable {
    /// What kind of event it becomes.
    public var type: EventType
    /// Whom it is about; nil if it is about no worker.
    public var workerId: WorkerID?
    /// What it says.
    public var data: EventData

    /// What is said about `workerId`.
    public init(_ type: EventType, workerId: WorkerID? = nil, data: EventData) {
        self.type = type
        self.workerId = workerId
        self.data = data
    }
}
