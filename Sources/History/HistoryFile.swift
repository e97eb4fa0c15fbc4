// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Shared

/// The history's file and those that SQLite keeps beside it.
struct HistoryFile: Hashable, Sendable {
    let path: String

    /// The log of changes that are not yet in the file, and its index (https://www.sqlite.org/wal.html).
    private static let companions = ["-wal", "-shm"]

    /// Makes the file if there is none, and keeps it from other users, because it holds commands and messages. SQLite's
    /// files beside it get the same mode and owner.
    func protect() throws(ClusterError) {
        let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard made >= 0 || errno == EEXIST else { throw Self.failure(errno) }
        if made >= 0 {
            DataFile.adopt(made, at: path)
            close(made)
        }
        for name in [path] + Self.companions.map({ path + $0 }) {
            let descriptor = open(name, O_RDWR | DataFile.flags(for: name))
            guard descriptor >= 0 else {
                if errno == ENOENT, name != path { continue }
                throw Self.failure(errno)
            }
            defer { close(descriptor) }
            guard DataFile.isRegular(descriptor) else { throw Self.failure(EINVAL) }
            guard fchmod(descriptor, 0o600) == 0 else { throw Self.failure(errno) }
        }
    }

    /// Renames the file, with the reason and the time to the millisecond, so that no earlier one is replaced.
    /// - Returns: the new name.
    func setAside(at time: Timestamp) throws(ClusterError) -> String {
        let moment = "\(time)".filter { $0 != "-" && $0 != ":" }
        let aside = "\(path).damaged-\(moment)"
        for suffix in Self.companions + [""] {
            guard rename(path + suffix, aside + suffix) == 0 || errno == ENOENT else { throw Self.failure(errno) }
        }
        return aside
    }

    /// The newest file that ``setAside(at:)`` has left here. Nil if it has left none.
    var lastSetAside: String? {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        let prefix = path.split(separator: "/").last.map { "\($0).damaged-" } ?? ""
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let last = names.filter { name in name.hasPrefix(prefix) && !Self.companions.contains { name.hasSuffix($0) } }
            .max()
        return last.map { path.contains("/") ? directory + $0 : $0 }
    }

    private static func failure(_ code: Int32) -> ClusterError {
        let advice =
            switch code {
            case EROFS, EACCES, EPERM: "make it writable for the agent's user"
            case ENOSPC, EDQUOT: "free some space"
            case EINVAL, ELOOP, ENXIO: "it must be a file of its own; move what is there out of the way"
            default: "see that the directory is there and can be used"
            }
        return ClusterError(
            .unavailable, .historyUnavailable, "\(String(cString: strerror(code))); \(advice)",
            metadata: ["errno": "\(code)"])
    }
}
