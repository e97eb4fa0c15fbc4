// SPDX-License-Identifier: Apache-2.0

public import Shared

/// A page of what workers have printed.
public struct LogsReply: Hashable, Codable, Sendable {
    public var lines: [LogLine]
    /// Absent at the end.
    public var nextPageToken: String?

    public init(lines: [LogLine], nextPageToken: String? = nil) {
        self.lines = lines
        self.nextPageToken = nextPageToken
    }
}

/// One line that a worker has printed, or a mark in the place of lines that are missing.
public struct LogLine: Hashable, Codable, Sendable {
    /// Its place among all lines of this host. Nil in a stream where lines have been removed before they were read.
    public var seq: Int64?
    public var time: Timestamp
    /// Nil if the primary script has printed it.
    public var workerId: WorkerID?
    /// Nil for a mark that is only streamed, and as JSON also for workers that a primary script has forked.
    public var instance: OutputSource?
    /// `stdout`, `stderr`, or `agent` for a mark.
    public var stream: String
    public var line: String
    /// The line goes on in the next one of this stream.
    public var partial: Bool?
    /// How many lines are missing here; nil if nobody knows, or if none are.
    public var lost: Int?

    public init(
        seq: Int64?, time: Timestamp, workerId: WorkerID?, instance: OutputSource?, stream: String, line: String,
        partial: Bool? = nil, lost: Int? = nil
    ) {
        self.seq = seq
        self.time = time
        self.workerId = workerId
        self.instance = instance
        self.stream = stream
        self.line = line
        self.partial = partial
        self.lost = lost
    }

    enum CodingKeys: String, CodingKey {
        case seq, time, workerId, instance, stream, line, partial, lost
    }

    /// What every line has is written as null if it is absent, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seq, forKey: .seq)
        try container.encode(time, forKey: .time)
        try container.encode(workerId, forKey: .workerId)
        try container.encode(instance, forKey: .instance)
        try container.encode(stream, forKey: .stream)
        try container.encode(line, forKey: .line)
        try container.encodeIfPresent(partial, forKey: .partial)
        try container.encodeIfPresent(lost, forKey: .lost)
    }
}
