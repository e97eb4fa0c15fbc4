// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Synchronization

/// The file of the agent's unix socket. If somebody removed it, another agent may have put its own at the same path. So
/// only this agent's own file is removed.
///
/// The server binds a draft beside it, and the draft is then renamed. When a server ends, it removes the path that it
/// has bound (SwiftNIO's `ServerSocket.close`), even if another program has a socket there by then. So the draft has a
/// name that no other program chooses.
final class SocketFile: Sendable {
    /// O_PATH (open(2)) is missing in Glibc's module.
    private static let pathOnly: Int32 = 0o10000000

    private enum State {
        /// Nothing has been bound. Exits: `held`; `failed`.
        case none
        /// Holds the file open, so that no other file can get its number. Exits: `held`, `failed`, at the next bind;
        /// `none`, at the end.
        case held(Int32)
        /// The socket was bound but did not get its name. Exits: `held`.
        case failed
    }

    let path: String
    private let mode: UInt32
    /// Nil: the agent's own.
    private let group: UInt32?
    /// Whether the directory is still this agent's, so that no other agent binds here.
    private let holdsDirectory: @Sendable () -> Bool
    private let state = Mutex(State.none)

    init(
        path: String, mode: UInt32 = 0o600, group: UInt32? = nil,
        holdsDirectory: @escaping @Sendable () -> Bool = { true }
    ) {
        self.path = path
        self.mode = mode
        self.group = group
        self.holdsDirectory = holdsDirectory
    }

    deinit { remove() }

    /// The path at which the server binds the draft.
    static func draft(of path: String) -> String {
        (path.lastIndex(of: "/").map { path[...$0] } ?? "") + draftName
    }

    /// Not longer than `agent.sock`, because a socket's path may have 107 bytes (unix(7)).
    private static let draftName = "." + [UInt8].random(4).hex

    /// Refuses to replace a socket on which another program listens, and any file that is not a socket. It does replace
    /// what an earlier agent has left behind.
    ///
    /// - Throws: `StartupError`
    static func checkPlace(_ path: String) throws(StartupError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw StartupError(
                .unavailable, "\(path) is not a socket; move it away, because the agent's socket must be there")
        }
        guard SocketPlace.hasListener(path) else { return }
        throw StartupError(
            .unavailable, "another program listens on \(path); stop it, or choose another --data-dir or socket.path")
    }

    /// Checks whether the socket may be bound again while the agent runs. Somebody may have emptied the directory, and
    /// another agent may have begun in it.
    ///
    /// - Throws: `StartupError`
    func checkPlace() throws(StartupError) {
        guard holdsDirectory() else {
            throw StartupError(
                .unavailable,
                "this agent's lock beside \(path) is gone, so another may use the directory; "
                    + "restart this one")
        }
        try Self.checkPlace(path)
    }

    /// Call it when the server has bound the draft.
    ///
    /// - Throws: `StartupError` if the draft cannot get its name.
    func didBind() throws(StartupError) {
        do throws(StartupError) {
            let bound = try name()
            replace(with: .held(bound))
        } catch {
            replace(with: .failed)
            throw error
        }
    }

    /// Gives the draft its name.
    ///
    /// - Returns: a descriptor that holds it.
    private func name() throws(StartupError) -> Int32 {
        let draft = Self.draft(of: path)
        let own = open(draft, Self.pathOnly | O_NOFOLLOW | O_CLOEXEC)
        guard own >= 0 else { throw failure("\(SystemProblem())") }
        do throws(StartupError) {
            // Checked now. If the directory is still this agent's, nobody else can have bound the draft so far.
            guard holdsDirectory() else { throw failure("another agent may use the directory") }
            // Whatever the file allows, only callers with a role are served: the kernel says who connects.
            chmod(draft, 0o600)
            if let group, chown(draft, .max, group) != 0 {
                throw failure("its group cannot be \(group) (is the agent's user a member?): \(SystemProblem())")
            }
            chmod(draft, mode)
            guard rename(draft, path) == 0 else { throw failure("\(SystemProblem())") }
            guard isOwn(own) else { throw failure("another program's took its place") }
        } catch {
            close(own)
            throw error
        }
        return own
    }

    private func failure(_ problem: String) -> StartupError {
        StartupError(.unavailable, "cannot make the socket \(path): \(problem)")
    }

    /// Whether the path leads to this agent's socket.
    var isInPlace: Bool {
        state.withLock { state in
            switch state {
            case .none: true
            case .held(let own): isOwn(own)
            case .failed: false
            }
        }
    }

    /// Removes the file, once. Does nothing if the path leads elsewhere by now.
    func remove() {
        state.withLock { state in
            guard case .held(let own) = state else { return }
            if isOwn(own) { unlink(path) }
            close(own)
            state = .none
        }
    }

    private func replace(with next: State) {
        let former = state.withLock { state in
            defer { state = next }
            return state
        }
        if case .held(let descriptor) = former { close(descriptor) }
    }

    private func isOwn(_ descriptor: Int32) -> Bool {
        guard let own = FileNode(open: descriptor) else { return false }
        return FileNode(of: path) == own
    }
}
