// SPDX-License-Identifier: Apache-2.0

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
        guard hasListener(path) else { return }
        throw StartupError(
            .unavailable, "another program listens on \(path); stop it, or choose another --data-dir")
    }

    private static func hasListener(_ path: String) -> Bool {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        // Too long a path is refused when it is bound.
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { return false }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Its queue may be full (EAGAIN).
        return result == 0 || errno == EAGAIN
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
