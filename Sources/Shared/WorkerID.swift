// SPDX-License-Identifier: Apache-2.0

/// The number of a worker: counts from 1 and is never used again in one data directory.
/// What the worker's program sees is ``WorkerInfo/nodeId``.
public struct WorkerID: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    public let rawValue: Int

    /// Nil unless `rawValue` is at least 1.
    public init?(rawValue: Int) {
        guard rawValue >= 1 else { return nil }
        self.rawValue = rawValue
    }

    /// The first id of a new data directory.
    public static let first = WorkerID(unchecked: 1)

    /// The id that follows this one.
    public var next: WorkerID { WorkerID(unchecked: rawValue + 1) }

    /// The microseconds since 1970, for a start that does not know which ids are in use. This is larger than any id
    /// that was counted from 1. Nobody forks so fast that a later start would begin with an id that an earlier one has
    /// given. These ids are exact in JavaScript.
    public static func microsecondsSince1970(at time: Timestamp) -> WorkerID {
        WorkerID(rawValue: Int(time.milliseconds) * 1000) ?? .first
    }

    private init(unchecked rawValue: Int) {
        self.rawValue = rawValue
    }

    public static func < (left: WorkerID, right: WorkerID) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension WorkerID: LosslessStringConvertible {
    /// Reads decimal digits only: no sign, no space, no leading zero.
    public init?(_ description: String) {
        guard let number = Int(digits: description) else { return nil }
        self.init(rawValue: number)
    }

    public var description: String { String(rawValue) }
}
