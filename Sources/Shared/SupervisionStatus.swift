// SPDX-License-Identifier: Apache-2.0

/// The running workers compared with the wanted ones: part of `GET /v1/cluster`.
public struct SupervisionStatus: Hashable, Codable, Sendable {
    /// The phase: how the running workers compare with the wanted ones.
    public enum Phase: String, Codable, Sendable, CaseIterable {
        /// As many workers are ready as are wanted, and no operation is under way.
        case stable
        /// Workers are being started or replaced, and none of them has failed.
        case progressing
        /// After a failure, fewer workers are ready than are wanted.
        case degraded
        /// After a failure, no worker is ready.
        case failing
        /// All instances have given up.
        case gaveUp
    }

    /// The phase.
    public var phase: Phase
    /// How many workers are wanted.
    public var desired: Int
    /// How many instances have a worker that is ready.
    public var ready: Int
    /// The newest failure of any instance.
    public var lastFailure: WorkerFailure?

    /// A status of these parts.
    public init(phase: Phase, desired: Int, ready: Int, lastFailure: WorkerFailure? = nil) {
        self.phase = phase
        self.desired = desired
        self.ready = ready
        self.lastFailure = lastFailure
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(phase, forKey: .phase)
        try container.encode(desired, forKey: .desired)
        try container.encode(ready, forKey: .ready)
        try container.encode(lastFailure, forKey: .lastFailure)
    }
}
