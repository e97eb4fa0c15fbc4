// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/workers/{id}:restart`.
public struct RestartRequest: Hashable, Codable, Sendable {
    /// Cancel the operation that is under way, if there is one.
    public var force: Bool?

    public init(force: Bool? = nil) {
        self.force = force
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case force
    }
}
