// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/workers/{id}:disconnect`.
public struct DisconnectRequest: Hashable, Codable, Sendable {
    /// Close the channel at once, as `worker.process.disconnect()` does.
    public var abrupt: Bool?
    /// Answer only when the worker is disconnected; with a deadline, when its process has ended.
    public var wait: Bool?
    public var timeoutMs: Int?
    /// How long the processes may live on: from 1 to 86,400,000, a day.
    public var deadlineMs: Int?

    public init(abrupt: Bool? = nil, wait: Bool? = nil, timeoutMs: Int? = nil, deadlineMs: Int? = nil) {
        self.abrupt = abrupt
        self.wait = wait
        self.timeoutMs = timeoutMs
        self.deadlineMs = deadlineMs
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case abrupt, wait, timeoutMs, deadlineMs
    }
}
