// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Synchronization

/// The file of the agent's unix socket. Another agent may have put its own at the same path if somebody removed this
/// one, so only what this agent has made is removed.
///
/// The server binds a draft beside it, which is then renamed. At its end a server removes the path that it has bound
/// (SwiftNIO's `ServerSocket.close`), and another agent may have its socket there by then.
final class SocketFile: Sendable {
    /// O_PATH (open(2)), which Glibc's module does not have.
    private static let pathOnly: Int32 = 0o10000000

    let path: String
    /// Holds the file, so that no other can have its number. -1 while there is none.
    private let descriptor = Mutex<Int32>(-1)

    init(path: String) {
        self.path = path
    }

    deinit { remove() }

    /// Where the server binds the socket of `path`.
    static func draft(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "new.sock" }
        return path[...slash] + "new.sock"
    }

    /// Finds what must not be replaced: what another program listens on, and what is no socket. Nobody can be asked to
    /// remove what an agent of before has left behind.
    ///
    /// - Throws: `StartupError`
    static func checkPlace(_ path: String) throws(StartupError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw StartupError(
                .unavailable, "\(path) is no socket; move it away, because the agent's socket must be there")
        }
        guard SocketPlace.hasListener(path) else { return }
        throw StartupError(
            .unavailable, "another program listens on \(path); stop it, or choose another --data-dir")
    }

    /// The server has bound the draft.
    ///
    /// - Throws: `StartupError` if it cannot get its name.
    func didBind() throws(StartupError) {
        let draft = Self.draft(of: path)
        // The directory keeps others out until here, and so does the kernel's word on who connects.
        chmod(draft, 0o600)
        guard rename(draft, path) == 0 else {
            throw StartupError(.unavailable, "cannot make the socket \(path): \(SystemProblem())")
        }
        let opened = open(path, Self.pathOnly | O_NOFOLLOW | O_CLOEXEC)
        let former = descriptor.withLock { descriptor in
            defer { descriptor = opened }
            return descriptor
        }
        if former >= 0 { close(former) }
    }

    /// Whether the path leads to this agent's socket, as far as can be told.
    var isInPlace: Bool {
        descriptor.withLock { descriptor in
            guard descriptor >= 0, let own = FileNode(open: descriptor) else { return true }
            return FileNode(of: path) == own
        }
    }

    /// Removes the file, once. Does nothing if the path leads to another one by now.
    func remove() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            if let own = FileNode(open: descriptor), FileNode(of: path) == own { unlink(path) }
            close(descriptor)
            descriptor = -1
        }
    }
}
