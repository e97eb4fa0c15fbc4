// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/cluster:disconnect`.
public struct DisconnectAllRequest: Hashable, Codable, Sendable {
    public var timeoutMs: Int?

    public init(timeoutMs: Int? = nil) {
        self.timeoutMs = timeoutMs
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case timeoutMs
    }
}
