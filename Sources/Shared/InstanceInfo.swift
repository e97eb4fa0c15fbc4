// SPDX-License-Identifier: Apache-2.0

/// One numbered place that is kept filled with a worker: the contract's `Instance`.
public struct InstanceInfo: Hashable, Codable, Sendable {
    /// The state of an instance.
    public enum State: String, Codable, Sendable, CaseIterable {
        /// Its worker is being forked, or is not ready yet.
        case starting
        case ready
        /// Its worker serves until the next one has proved good.
        case replacing
        /// Its worker has closed its channel by itself and has not ended.
        case draining
        /// It has no worker and waits for its next try.
        case backingOff
        /// It has no worker and does not try again until somebody scales, reloads or restarts.
        case gaveUp
    }

    /// Its number.
    public var instance: Int
    /// Its state.
    public var state: State
    /// The worker that serves or starts. Nil while the instance has no worker.
    public var workerId: WorkerID?
    /// How many workers were asked for after its first.
    public var restarts = 0
    /// Failures since its last success.
    public var failuresInARow = 0
    /// When it tries again. Nil if no try is due.
    public var nextTryAt: Timestamp?
    /// Its newest failure.
    public var lastFailure: WorkerFailure?
    /// The memory that its worker has in RAM, read in the last second. Nil if it has no worker.
    public var residentBytes: Int64?

    /// An instance of these parts.
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
        try container.encode(restarts, forKey: .restarts)
        try container.encode(failuresInARow, forKey: .failuresInARow)
        try container.encode(nextTryAt, forKey: .nextTryAt)
        try container.encode(lastFailure, forKey: .lastFailure)
        try container.encode(residentBytes, forKey: .residentBytes)
    }
}
