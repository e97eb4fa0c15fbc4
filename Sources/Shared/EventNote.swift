// SPDX-License-Identifier: Apache-2.0

/// What a part of the program beside the primary has to say, among the primary's events.
public struct EventNote: Hashable, Sendable {
    public var type: EventType
    public var workerId: WorkerID?
    public var data: EventData

    public init(_ type: EventType, workerId: WorkerID? = nil, data: EventData) {
        self.type = type
        self.workerId = workerId
        self.data = data
    }
}
