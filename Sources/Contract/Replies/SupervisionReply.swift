// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/cluster/supervision`: the policy, with the etag that `:supervise` takes.
public struct SupervisionReply: Hashable, Codable, Sendable {
    public var policy: SupervisionPolicy
    public var etag: String

    public init(policy: SupervisionPolicy, etag: String) {
        self.policy = policy
        self.etag = etag
    }

    private enum Key: CodingKey {
        case etag
    }

    public init(from decoder: any Decoder) throws {
        policy = try SupervisionPolicy(from: decoder)
        etag = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .etag)
    }

    /// The etag stands beside the policy's keys.
    public func encode(to encoder: any Encoder) throws {
        try policy.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(etag, forKey: .etag)
    }
}
