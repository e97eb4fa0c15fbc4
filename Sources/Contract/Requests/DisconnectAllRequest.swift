// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/cluster:disconnect`.
public struct DisconnectAllRequest: Hashable, Codable, Sendable {
    /// Answer only when all workers are disconnected; with a deadline, when their processes have ended.
    public var wait: Bool?
    public var timeoutMs: Int?
    /// How long the processes may live on: from 1 to 86,400,000, a day.
    public var deadlineMs: Int?

    public init(wait: Bool? = nil, timeoutMs: Int? = nil, deadlineMs: Int? = nil) {
        self.wait = wait
        self.timeoutMs = timeoutMs
        self.deadlineMs = deadlineMs
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case wait, timeoutMs, deadlineMs
    }
}
