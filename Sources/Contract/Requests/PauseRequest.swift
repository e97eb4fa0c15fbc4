// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/workers/{id}:pause` and of `:resume`, which has no fields.
public struct PauseRequest: Hashable, Codable, Sendable {
    public init() {}

    public enum CodingKeys: CodingKey, CaseIterable {}
}
