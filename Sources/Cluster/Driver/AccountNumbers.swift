// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// The numbers behind `settings.uid` and `settings.gid`.
///
/// Looks up a name once per revision of the settings, and not at each fork: a directory service may be slow, and the
/// loop would wait.
struct AccountNumbers {
    /// - Returns: nil if there is no such account.
    typealias LookUp = (String) -> UInt32?

    private let user: LookUp
    private let group: LookUp
    private var users: [Key: UInt32] = [:]
    private var groups: [Key: UInt32] = [:]

    private struct Key: Hashable {
        let revision: Int
        let name: String
    }

    /// Nobody forks from more revisions than these at the same time.
    private static let mostKnown = 8

    // The lists are read on the loop's thread alone, so the static results are ours until the next call.
    init(
        user: @escaping LookUp = { getpwnam($0)?.pointee.pw_uid },
        group: @escaping LookUp = { getgrnam($0)?.pointee.gr_gid }
    ) {
        (self.user, self.group) = (user, group)
    }

    /// Nil keeps the agent's.
    ///
    /// - Throws: `UNKNOWN_ACCOUNT`
    mutating func resolve(_ settings: ClusterSettings) throws(ClusterError) -> (uid: UInt32?, gid: UInt32?) {
        (
            try Self.number(of: settings.uid, "user", settings.revision, &users, user),
            try Self.number(of: settings.gid, "group", settings.revision, &groups, group)
        )
    }

    private static func number(
        of account: Account?, _ kind: String, _ revision: Int, _ known: inout [Key: UInt32], _ lookUp: LookUp
    ) throws(ClusterError) -> UInt32? {
        switch account {
        case nil: return nil
        case .number(let number): return number
        case .name(let name):
            let key = Key(revision: revision, name: name)
            if let number = known[key] { return number }
            guard let number = lookUp(name) else {
                throw ClusterError(
                    .failedPrecondition, .unknownAccount, "there is no \(kind) \(name) on this machine",
                    metadata: [kind: name])
            }
            if known.count >= mostKnown { known = [:] }
            known[key] = number
            return number
        }
    }
}
