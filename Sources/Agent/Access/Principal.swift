// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared

/// The caller as the audit names it: `uid:1000`, `token:ci`, `cert:CN=ops`, `anonymous`.
struct Principal: Hashable, Sendable, CustomStringConvertible {
    let description: String
    let role: Role

    /// Only with `--insecure-no-auth`.
    static let anonymous = Principal(description: "anonymous", role: .admin)

    /// A user on the unix socket.
    static func user(_ uid: UInt32, role: Role) -> Principal {
        Principal(description: "uid:\(uid)", role: role)
    }

    static func token(_ name: String, role: Role) -> Principal {
        Principal(description: "token:\(name)", role: role)
    }

    /// The primary half of the program that the agent runs.
    static let primaryScript = Principal(description: "primary script", role: .admin)

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
