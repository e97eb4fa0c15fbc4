// SPDX-License-Identifier: Apache-2.0

/// The answer to `GET /v1/caller`: who calls, and what that caller may do.
public struct CallerReply: Hashable, Codable, Sendable {
    /// As in the audit: `token:ci`, `uid:1000`.
    public var principal: String
    public var role: Role
    /// What the caller reaches beside this agent.
    public var scopes: [TokenScope]
    /// Whether this agent belongs to a fleet.
    public var fleet: Bool

    public init(principal: String, role: Role, scopes: [TokenScope] = [], fleet: Bool = false) {
        self.principal = principal
        self.role = role
        self.scopes = scopes
        self.fleet = fleet
    }
}
