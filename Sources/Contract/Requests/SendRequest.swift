// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The body of `POST /v1/workers/{id}:send`.
public struct SendRequest: Hashable, Codable, Sendable {
    /// Any JSON value; null is one.
    public var message: JSONValue

    public init(message: JSONValue) {
        self.message = message
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case message
    }
}
