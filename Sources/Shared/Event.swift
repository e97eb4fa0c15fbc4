// SPDX-License-Identifier: Apache-2.0

/// One thing that happened, as it stands in the history and is sent to watchers.
public struct Event: Hashable, Codable, Sendable {
    /// The place in the history. Nil if the event is only streamed.
    public var seq: Int64?
    /// When it happened.
    public var time: Timestamp
    /// What happened.
    public var type: EventType
    /// The worker to which it happened. Nil if it is not about a worker.
    public var workerId: WorkerID?
    /// The process of that worker.
    public var pid: Int32?
    /// The request that caused it.
    public var requestId: String?
    /// An object whose fields depend on the type. Empty if there are none.
    public var data: EventData

    /// An event of these parts.
    public init(
        seq: Int64? = nil, time: Timestamp, type: EventType, workerId: WorkerID? = nil, pid: Int32? = nil,
        requestId: String? = nil, data: EventData = [:]
    ) {
        self.seq = seq
        self.time = time
        self.type = type
        self.workerId = workerId
        self.pid = pid
        self.requestId = requestId
        self.data = data
    }

    enum CodingKeys: String, CodingKey {
        case seq, time, type, workerId, pid, requestId, data
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seq, forKey: .seq)
        try container.encode(time, forKey: .time)
        try container.encode(type, forKey: .type)
        try container.encode(workerId, forKey: .workerId)
        try container.encode(pid, forKey: .pid)
        try container.encode(requestId, forKey: .requestId)
        try container.encode(data, forKey: .data)
    }
}
