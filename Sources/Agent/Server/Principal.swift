// SPDX-License-Identifier: Apache-2.0

/// Who calls, as the audit names them: `uid:1000`, `token:admin`, `anonymous`.
struct Principal: Hashable, Sendable, CustomStringConvertible {
    let description: String

    static let admin = Principal(description: "token:admin")
    /// Only where `--insecure-no-auth` is on.
    static let anonymous = Principal(description: "anonymous")

    static func user(_ uid: UInt32) -> Principal {
        Principal(description: "uid:\(uid)")
    }
}
