// SPDX-License-Identifier: Apache-2.0

/// Who calls, as the audit names them: `uid:1000`, `token:ci`, `cert:CN=ops`, `anonymous`.
struct Principal: Hashable, Sendable, CustomStringConvertible {
    let description: String
    let role: Role

    /// Only where `--insecure-no-auth` is on.
    static let anonymous = Principal(description: "anonymous", role: .admin)

    /// The agent's own user or root; nobody else gets as far as this.
    static func user(_ uid: UInt32) -> Principal {
        Principal(description: "uid:\(uid)", role: .admin)
    }

    static func token(_ name: String, role: Role) -> Principal {
        Principal(description: "token:\(name)", role: role)
    }
}
