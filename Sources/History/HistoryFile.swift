// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// The history's file and those that SQLite keeps beside it.
struct HistoryFile: Hashable, Sendable {
    let path: String

    /// The log of what is not yet in the file, and its index (https://www.sqlite.org/wal.html).
    private static let companions = ["-wal", "-shm"]

    /// Makes the file where there is none, and keeps it from other users: commands and messages stand in it.
    /// What SQLite makes beside it gets the same mode.
    func protect() throws(ClusterError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        close(descriptor)
        for name in [path] + Self.companions.map({ path + $0 }) {
            guard chmod(name, 0o600) == 0 || errno == ENOENT else { throw Self.failure(errno) }
        }
    }

    /// Gives the file a new name, which tells what it is and when it was found, to the millisecond: one of before is not
    /// replaced.
    /// - Returns: the new name.
    func setAside(at time: Timestamp) throws(ClusterError) -> String {
        let moment = "\(time)".filter { $0 != "-" && $0 != ":" }
        let aside = "\(path).damaged-\(moment)"
        for suffix in Self.companions + [""] {
            guard rename(path + suffix, aside + suffix) == 0 || errno == ENOENT else { throw Self.failure(errno) }
        }
        return aside
    }

    private static func failure(_ code: Int32) -> ClusterError {
        let advice =
            switch code {
            case EROFS, EACCES, EPERM: "make it writable for the agent's user"
            case ENOSPC, EDQUOT: "free some space"
            default: "see that the directory is there and can be used"
            }
        return ClusterError(
            .unavailable, .historyUnavailable, "\(String(cString: strerror(code))); \(advice)",
            metadata: ["errno": "\(code)"])
    }
}
