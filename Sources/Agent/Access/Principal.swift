// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared

/// The caller as the audit names it: `uid:1000`, `token:ci`, `cert:CN=ops`, `anonymous`.
struct Principal: Hashable, Sendable, CustomStringConvertible {
    let description: String
    let role: Role
    /// What the caller reaches beside this agent.
    let scopes: Set<TokenScope>

    /// - Parameter scopes: nil: all of them for an admin. An admin on this machine can read what the agent can read.
    init(description: String, role: Role, scopes: Set<TokenScope>? = nil) {
        self.description = description
        self.role = role
        self.scopes = scopes ?? (role == .admin ? Set(TokenScope.allCases) : [])
    }

    /// Only with `--insecure-no-auth`.
    static let anonymous = Principal(description: "anonymous", role: .admin)

    /// A user on the unix socket.
    static func user(_ uid: UInt32, role: Role) -> Principal {
        Principal(description: "uid:\(uid)", role: role)
    }

    /// A token reaches only this agent unless it says more, also an admin's: it may be kept on another machine.
    static func token(_ name: String, role: Role, scopes: Set<TokenScope> = []) -> Principal {
        Principal(description: "token:\(name)", role: role, scopes: scopes)
    }

    /// The primary half of the program that the agent runs.
    static let primaryScript = Principal(description: "primary script", role: .admin)

    /// - Throws: `PERMISSION_DENIED` if the caller lacks the scope.
    func require(_ needed: TokenScope) throws(ClusterError) {
        guard scopes.contains(needed) else {
            throw ClusterError(
                .permissionDenied, .scopeInsufficient,
                "\(self) lacks the scope \(needed.rawValue); make a token with --scope \(needed.rawValue)",
                metadata: ["needed": needed.rawValue])
        }
    }

    /// - Throws: `PERMISSION_DENIED` if the role does not include `needed`.
    func require(_ needed: Role) throws(ClusterError) {
        guard role >= needed else {
            throw ClusterError(
                .permissionDenied, .roleInsufficient,
                "\(self) has the role \(role.rawValue), and this needs \(needed.rawValue)",
                metadata: ["role": role.rawValue, "needed": needed.rawValue])
        }
    }
}
