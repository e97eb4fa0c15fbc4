// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/operations/{id}:cancel`, which has no fields.
public struct CancelRequest: Hashable, Codable, Sendable {
    public init() {}

    public enum CodingKeys: CodingKey, CaseIterable {}
}
