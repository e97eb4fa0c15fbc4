// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

extension Account {
    /// The numbers behind `settings.uid` and `settings.gid`; nil keeps the agent's.
    ///
    /// - Throws: `UNKNOWN_ACCOUNT`
    static func resolve(_ settings: ClusterSettings) throws(ClusterError) -> (uid: UInt32?, gid: UInt32?) {
        (try settings.uid?.user(), try settings.gid?.group())
    }

    private func user() throws(ClusterError) -> UInt32 {
        guard case .name(let name) = self else { return number }
        // The list of users is read on the loop's thread alone, so the static result is ours until the next call.
        guard let entry = getpwnam(name) else { throw Self.unknown("user", name) }
        return entry.pointee.pw_uid
    }

    private func group() throws(ClusterError) -> UInt32 {
        guard case .name(let name) = self else { return number }
        guard let entry = getgrnam(name) else { throw Self.unknown("group", name) }
        return entry.pointee.gr_gid
    }

    private var number: UInt32 {
        guard case .number(let number) = self else { return 0 }
        return number
    }

    private static func unknown(_ kind: String, _ name: String) -> ClusterError {
        ClusterError(
            .failedPrecondition, .unknownAccount, "there is no \(kind) \(name) on this machine",
            metadata: [kind: name])
    }
}
