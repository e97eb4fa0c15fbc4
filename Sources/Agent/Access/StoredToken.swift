// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared

/// A token as `tokens.json` stores it: without the token itself, which is shown once, when it is made.
struct StoredToken: Hashable, Codable, Sendable {
    /// The id for `token revoke`. It tells nothing about the token.
    let id: String
    /// Names its holder in the audit.
    let name: String
    let role: Role
    let hash: TokenHash
    let createdAt: Timestamp
    /// Nil: it does not expire.
    var expiresAt: Timestamp?
    /// What it reaches beside this agent. Nil: nothing.
    var scopes: [TokenScope]?

    /// The name of the token in the file `token`. No other token may have it.
    static let adminName = "admin"

    /// Makes a token.
    /// - Returns: what to keep, and the token.
    static func make(
        name: String, role: Role, createdAt: Timestamp, expiresAt: Timestamp?, scopes: [TokenScope] = []
    ) -> (Self, secret: String) {
        let secret = Self.newSecret()
        let token = StoredToken(
            id: [UInt8].random(4).hex, name: name, role: role, hash: TokenHash(of: secret), createdAt: createdAt,
            expiresAt: expiresAt, scopes: scopes.isEmpty ? nil : scopes)
        return (token, secret)
    }

    /// With this prefix, scanners for leaked secrets recognise a token.
    static func newSecret() -> String { "clat_" + [UInt8].random(32).hex }

    func isValid(at now: Timestamp) -> Bool {
        expiresAt.map { now < $0 } ?? true
    }
}
