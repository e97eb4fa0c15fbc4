// SPDX-License-Identifier: Apache-2.0

/// The body of `POST /v1/fleet/agents/{id}:forget`, which has no fields.
public struct ForgetRequest: Hashable, Codable, Sendable {
    public init() {}

    public enum CodingKeys: CodingKey, CaseIterable {}
}
