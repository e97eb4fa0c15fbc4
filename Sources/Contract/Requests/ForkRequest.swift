// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/workers:fork`.
public struct ForkRequest: Hashable, Codable, Sendable {
    /// How many, 1 to 1000. Absent: one.
    public var count: Int?
    /// Set in the workers' environment, over the agent's own.
    public var env: [String: String]?
    /// Answer only when all of them are this far.
    public var wait: Milestone?
    public var timeoutMs: Int?

    public enum Milestone: String, Codable, Sendable, CaseIterable {
        case online, listening
    }

    public init(count: Int? = nil, env: [String: String]? = nil, wait: Milestone? = nil, timeoutMs: Int? = nil) {
        self.count = count
        self.env = env
        self.wait = wait
        self.timeoutMs = timeoutMs
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case count, env, wait, timeoutMs
    }
}
