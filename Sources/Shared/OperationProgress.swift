// SPDX-License-Identifier: Apache-2.0

/// How far an operation has come.
public struct OperationProgress: Hashable, Codable, Sendable {
    /// One instance's part of it.
    public struct Step: Hashable, Codable, Sendable {
        /// How far an instance's part is.
        public enum State: String, Codable, Sendable, CaseIterable {
            case waiting
            /// Its new worker is being forked, or has not proved good yet.
            case underWay
            case replaced
            /// Its new worker has failed.
            case failed
        }

        /// The instance's number.
        public var instance: Int
        /// How far its part is.
        public var state: State
        /// The instance's new worker, if it has one by now.
        public var workerId: WorkerID?

        /// A part of these values.
        public init(instance: Int, state: State, workerId: WorkerID? = nil) {
            self.instance = instance
            self.state = state
            self.workerId = workerId
        }

        /// Absent values are written as null, so that a client always finds the same fields.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(instance, forKey: .instance)
            try container.encode(state, forKey: .state)
            try container.encode(workerId, forKey: .workerId)
        }
    }

    /// How many instances the operation changes.
    public var total: Int
    /// How many of them have their new worker.
    public var replaced: Int
    /// Sorted by number. An event of progress has only the instance that it is about.
    public var instances: [Step]

    /// Progress of these parts.
    public init(total: Int, replaced: Int, instances: [Step]) {
        self.total = total
        self.replaced = replaced
        self.instances = instances
    }

    /// - Throws: `DecodingError`, also if a count is below 0.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        total = try container.decode(Int.self, forKey: .total)
        replaced = try container.decode(Int.self, forKey: .replaced)
        instances = try container.decode([Step].self, forKey: .instances)
        guard total >= 0, replaced >= 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .replaced, in: container, debugDescription: "progress is counted from 0")
        }
    }
}
