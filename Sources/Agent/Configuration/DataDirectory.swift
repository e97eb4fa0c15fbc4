// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import History
import Logging
import Shared

/// The directory of the agent's history, tokens and socket.
struct DataDirectory: Sendable {
    let path: String

    var socket: String { path + "/agent.sock" }
    var adminToken: AdminToken { AdminToken(file: PrivateFile(path: path + "/token")) }
    var tokens: TokenFile { TokenFile(file: PrivateFile(path: path + "/tokens.json")) }
    var history: String { path + "/history.sqlite" }
    /// What workers have printed.
    var logs: String { path + "/logs" }
    var state: StateFile { StateFile(file: PrivateFile(path: path + "/state.json")) }
    var unstored: String { path + "/unstored" }
    /// What a primary script runs before its program.
    var preload: String { path + "/primary.js" }
    /// Where a primary script connects its workers. No longer than ``socket``.
    var scriptSocket: String { path + "/fork.sock" }
    var lock: String { path + "/lock" }

    /// `$CLUSTER_DATA_DIR`, else `$XDG_STATE_HOME/cluster-agent`, else `~/.local/state/cluster-agent`
    /// (XDG Base Directory Specification: a relative XDG path is ignored).
    /// - Throws: `StartupError` if there is no home either.
    static func standardPath(in environment: [String: String]) throws(StartupError) -> String {
        if let path = environment[EnvironmentName.dataDirectory.rawValue], !path.isEmpty { return path }
        if let path = XDGDirectory.state.path(in: { environment[$0] }) { return path + "/cluster-agent" }
        let home = environment["HOME"] ?? ""
        let problem = home.isEmpty ? "HOME is not set" : "HOME is not an absolute path (\(home))"
        throw StartupError(.usage, "no place for the data directory: \(problem); give --data-dir")
    }

    /// A directory that somebody has named. Else the standard one, or in it the place of the agent's name.
    /// - Throws: `StartupError`.
    static func path(
        _ reader: ConfigurationReader, in environment: [String: String]
    ) throws(StartupError) -> String {
        if reader.isGiven(.dataDirectory), let path = try reader.text(.dataDirectory) {
            if let problem = problem(ofLength: path) { throw reader.refusal(.dataDirectory, problem) }
            return path
        }
        let path = try standardPath(in: environment)
        guard let name = try reader.name else {
            guard let problem = problem(ofLength: path) else { return path }
            throw reader.conflict(between: .dataDirectory, problem: "\(problem); give --data-dir")
        }
        // cluster-cli looks there for --app.
        let apps = path + "/apps"
        let longest = AgentName.longest(in: ProgramFinder.absolute(apps))
        guard name.utf8.count <= longest else {
            throw reader.refusal(
                .name,
                "it may have \(longest) bytes, and has \(name.utf8.count): the path of the agent's socket, in "
                    + "\(apps)/NAME, may have \(SocketPath.longest)")
        }
        return "\(apps)/\(name)"
    }

    /// Why there is no room for the sockets' names. Nil if there is.
    private static func problem(ofLength path: String) -> String? {
        let socket = ProgramFinder.absolute(path) + "/agent.sock"
        guard socket.utf8.count > SocketPath.longest else { return nil }
        return "the data directory's path is too long for a unix socket: \(socket) has \(socket.utf8.count) bytes, "
            + "\(SocketPath.longest) are allowed"
    }

    /// - Throws: `StartupError` if there is no such directory.
    init(existing path: String) throws(StartupError) {
        guard path.isEmpty || Self.isDirectory(path) else {
            throw StartupError(.usage, "there is no data directory \(path); name the agent's with --data-dir")
        }
        self = try DataDirectory(creating: path)
    }

    /// Makes the directory and its missing parents, for this user alone.
    /// - Throws: `StartupError` with the directory and the kernel's error.
    init(creating path: String) throws(StartupError) {
        // As an absolute path it would be the working directory, which nobody means.
        guard !path.isEmpty else { throw StartupError(.usage, "the data directory's path is empty; give --data-dir") }
        var absolute = path
        if !path.hasPrefix("/") {
            guard let here = getcwd(nil, 0) else {
                throw StartupError(.unavailable, "cannot find the working directory: \(SystemProblem())")
            }
            defer { free(here) }
            absolute = String(cString: here) + "/" + path
        }
        while absolute.count > 1 && absolute.hasSuffix("/") { absolute.removeLast() }
        self.path = absolute
        if let problem = Self.problem(ofLength: absolute) {
            throw StartupError(.unavailable, "\(problem); give a shorter --data-dir")
        }

        var partial = ""
        for component in absolute.split(separator: "/") {
            partial += "/" + component
            if mkdir(partial, 0o700) == 0 {
                Self.adopt(partial)
                continue
            }
            let problem = SystemProblem()
            guard problem.code != EEXIST, !Self.isDirectory(partial) else { continue }
            throw StartupError(.unavailable, "cannot create the data directory \(absolute): \(problem)")
        }
        guard Self.isDirectory(absolute) else {
            throw StartupError(.unavailable, "the data directory \(absolute) is not a directory")
        }
        guard access(absolute, W_OK | X_OK) == 0 else {
            throw StartupError(.unavailable, "cannot write to the data directory \(absolute): \(SystemProblem())")
        }
    }

    /// Warns of files in the directory that other users could change, and of tokens that they could read.
    func warnOfOthers(logger: Logger) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & 0o022 != 0 {
            logger.warning(
                "others can change the data directory: run chmod go-w", metadata: ["directory": "\(path)"])
        }
        for file in [adminToken.file, tokens.file] where file.isOpenToOthers {
            logger.warning("others can read or change the tokens: run chmod 600", metadata: ["file": "\(file.path)"])
        }
    }

    /// If root makes a directory, it belongs to the owner of its parent, like the files in it.
    private static func adopt(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        DataFile.adopt(descriptor, at: path)
        close(descriptor)
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
