// SPDX-License-Identifier: Apache-2.0

/// The rules by which workers are kept running: the contract's `SupervisionPolicy`.
public struct SupervisionPolicy: Hashable, Sendable {
    /// What the agent does once all instances have given up.
    public enum WhenGivenUp: String, Codable, Sendable, CaseIterable {
        /// It stays and says so.
        case stay
        /// It ends. The runtime of a container, or another program that started it, can then act.
        case exit
    }

    /// The reaction to a worker that does not answer heartbeats.
    public enum WhenUnresponsive: String, Codable, Sendable, CaseIterable {
        case report
        case restart
    }

    /// Whether a worker that has ended is replaced.
    public var restart: RestartPolicy = .always
    /// A worker that is not ready by then is stopped, which counts as a failure. 0: no limit.
    public var readyTimeoutMs = 30_000
    /// A reload counts a worker as good if it has been ready for this long.
    public var minReadyMs = 1000
    /// The delay before the first try after a failure. It doubles with each failure in a row.
    public var backoffMs = 100
    /// The longest delay, jitter aside.
    public var backoffMaxMs = 30_000
    /// After more failures than this within ``periodMs``, an instance gives up. 0: never.
    public var intensity = 0
    /// The period of ``intensity``.
    public var periodMs = 60_000
    /// What the agent does once all instances have given up.
    public var whenGivenUp: WhenGivenUp = .stay
    /// The time from one heartbeat to the next. 0: no heartbeats.
    public var heartbeatMs = 5000
    /// A worker that does not answer a heartbeat for this long is unresponsive. 0: no heartbeats.
    public var unresponsiveMs = 15_000
    /// The reaction to a worker that does not answer heartbeats.
    public var unresponsive: WhenUnresponsive = .report
    /// A worker with more resident memory than this, in three readings in a row, is replaced. Nil: no limit.
    public var maxMemoryBytes: Int64?
    /// A worker is replaced at this age, or up to a quarter earlier. Nil: no limit.
    public var maxAgeMs: Int?
    /// How long a leaving worker may take before it gets SIGTERM. 0: no limit.
    public var drainTimeoutMs = 30_000
    /// The time from SIGTERM to SIGKILL. 0: no limit.
    public var killTimeoutMs = 5000

    /// The defaults.
    public init() {}
}

extension SupervisionPolicy: Codable {
    /// The names of the fields in JSON.
    public enum CodingKeys: String, CodingKey, CaseIterable {
        case restart, readyTimeoutMs, minReadyMs, backoffMs, backoffMaxMs, intensity, periodMs, whenGivenUp
        case heartbeatMs, unresponsiveMs, unresponsive, maxMemoryBytes, maxAgeMs, drainTimeoutMs, killTimeoutMs
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(restart, forKey: .restart)
        try container.encode(readyTimeoutMs, forKey: .readyTimeoutMs)
        try container.encode(minReadyMs, forKey: .minReadyMs)
        try container.encode(backoffMs, forKey: .backoffMs)
        try container.encode(backoffMaxMs, forKey: .backoffMaxMs)
        try container.encode(intensity, forKey: .intensity)
        try container.encode(periodMs, forKey: .periodMs)
        try container.encode(whenGivenUp, forKey: .whenGivenUp)
        try container.encode(heartbeatMs, forKey: .heartbeatMs)
        try container.encode(unresponsiveMs, forKey: .unresponsiveMs)
        try container.encode(unresponsive, forKey: .unresponsive)
        try container.encode(maxMemoryBytes, forKey: .maxMemoryBytes)
        try container.encode(maxAgeMs, forKey: .maxAgeMs)
        try container.encode(drainTimeoutMs, forKey: .drainTimeoutMs)
        try container.encode(killTimeoutMs, forKey: .killTimeoutMs)
    }
}
