// SPDX-License-Identifier: Apache-2.0

/// The answer to `GET /v1/caller`: who calls, and what that caller may do.
public struct CallerReply: Hashable, Codable, Sendable {
    /// As in the audit: `token:ci`, `uid:1000`.
    public var principal: String
    public var role: Role

    public init(principal: String, role: Role) {
        self.principal = principal
        self.role = role
    }
}
