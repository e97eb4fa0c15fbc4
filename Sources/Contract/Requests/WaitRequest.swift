// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/operations/{id}:wait`.
public struct WaitRequest: Hashable, Codable, Sendable {
    /// How long to wait, 1 to 600,000. Absent: 30,000.
    public var timeoutMs: Int?

    public init(timeoutMs: Int? = nil) {
        self.timeoutMs = timeoutMs
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case timeoutMs
    }
}
