// SPDX-License-Identifier: Apache-2.0

/// Somebody has asked a worker to leave, and its process is still there.
public struct Leaving: Hashable, Codable, Sendable {
    /// When it was asked first.
    public var since: Timestamp
    /// When it is killed if it is still there; nil if it may take as long as it likes.
    public var deadline: Timestamp?

    /// A leave of these times.
    public init(since: Timestamp, deadline: Timestamp? = nil) {
        self.since = since
        self.deadline = deadline
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(since, forKey: .since)
        try container.encode(deadline, forKey: .deadline)
    }
}
