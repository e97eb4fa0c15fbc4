// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Shared

/// Finds the workers' program before a fork, so that a mistake has a clear answer.
///
/// A relative path begins in the workers' directory, as in Node: the child changes its directory before it looks for the
/// program (`lib/child_process.js`, `spawn`).
package struct ProgramFinder {
    /// What the workers run.
    package enum Program: Equatable {
        case executable(String)
        /// - Parameters:
        ///   - interpreter: as the settings or the script name it.
        ///   - executable: the interpreter's file.
        case script(String, interpreter: String, arguments: [String], executable: String)

        /// Whether Node runs, which tells its primary that it is online.
        package var isNode: Bool {
            switch self {
            case .executable(let path): NodeScript.isNode(path)
            case .script(_, let interpreter, _, _): NodeScript.isNode(interpreter)
            }
        }

        /// The absolute path of what `exec` names.
        package var path: String {
            switch self {
            case .executable(let path), .script(let path, _, _, _): path
            }
        }
    }

    private let directory: String
    private let search: String

    /// - Parameters:
    ///   - directory: the workers'; a relative one begins in this process's.
    ///   - search: the directories for programs that are named without a path, as in PATH.
    /// - Throws: `CWD_NOT_FOUND`
    package init(directory: String?, search: String?) throws(ClusterError) {
        self.directory = Self.absolute(directory ?? ".")
        self.search = search ?? "/usr/local/bin:/usr/bin:/bin"
        guard let directory, FileKind(self.directory) != .directory else { return }
        let problem = FileKind(self.directory) == nil ? "does not exist, or cannot be reached" : "is not a directory"
        throw ClusterError(
            .failedPrecondition, .cwdNotFound, "the working directory \(directory) \(problem)",
            metadata: ["cwd": directory])
    }

    /// A path from this process's directory.
    package static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return join(String(cString: directory), path)
    }

    /// A path from the workers' directory.
    package static func absolute(_ path: String, in directory: String?) -> String {
        join(absolute(directory ?? "."), path)
    }

    /// The path with all symlinks followed; as it is if it leads nowhere.
    static func real(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// The path with all symlinks followed but the last.
    static func realDirectory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        let directory = real(String(path[..<slash]))
        return join(directory.isEmpty ? "/" : directory, String(path[path.index(after: slash)...]))
    }

    /// - Parameter execPath: the interpreter; nil finds out whether one is needed.
    /// - Throws: `EXEC_NOT_FOUND`, `EXEC_NOT_EXECUTABLE`
    package func find(_ exec: String, execPath: String?) throws(ClusterError) -> Program {
        let path = Self.join(directory, exec)
        let script = NodeScript(at: path)
        guard let interpreter = execPath ?? script?.interpreter else {
            return .executable(try executable(exec, alsoHere: true))
        }
        if script == nil || FileKind(path) == .file { try Self.checkReadable(exec, at: path) }
        return .script(
            path, interpreter: interpreter, arguments: execPath == nil ? script?.arguments ?? [] : [],
            executable: try executable(interpreter, alsoHere: false))
    }

    private static func checkReadable(_ exec: String, at path: String) throws(ClusterError) {
        guard let kind = FileKind(path) else { throw notFound(exec) }
        guard access(path, R_OK) == 0, kind != .directory else {
            throw ClusterError(
                .failedPrecondition, .execNotExecutable, "\(exec) cannot be read as a script; check its permissions",
                metadata: ["exec": exec])
        }
    }

    /// A program by its path, or by its name in one of `search`.
    ///
    /// - Parameter alsoHere: whether to look in the workers' directory first. Not for an interpreter, because the app
    ///   may have a file of the same name.
    private func executable(_ exec: String, alsoHere: Bool) throws(ClusterError) -> String {
        let here = Self.join(directory, exec)
        let candidates =
            exec.contains("/")
            ? [here]
            : [here].filter { alsoHere && Self.isExecutable($0) }
                + search.split(separator: ":").map { Self.join(directory, "\($0)/\(exec)") }
        let found = candidates.filter { access($0, F_OK) == 0 }
        guard let first = found.first ?? (alsoHere && FileKind(here) != nil ? here : nil) else {
            throw alsoHere || exec.contains("/") ? Self.notFound(exec) : Self.notInPath(exec)
        }
        guard let path = found.first(where: Self.isExecutable) else {
            let reason =
                FileKind(first) == .directory
                ? "a directory without package.json and index.js; name a program"
                : "not executable; try: chmod +x \(exec)"
            throw ClusterError(
                .failedPrecondition, .execNotExecutable, "\(exec) is \(reason)", metadata: ["exec": exec])
        }
        return path
    }

    private static func isExecutable(_ path: String) -> Bool {
        access(path, X_OK) == 0 && FileKind(path) == .file
    }

    private static func join(_ directory: String, _ path: String) -> String {
        if path.hasPrefix("/") { return path }
        // `.` and `./` mean the directory itself.
        let rest = path.split(separator: "/", omittingEmptySubsequences: true).drop { $0 == "." }.joined(separator: "/")
        return rest.isEmpty ? directory : directory == "/" ? "/\(rest)" : "\(directory)/\(rest)"
    }

    private static func notInPath(_ interpreter: String) -> ClusterError {
        ClusterError(
            .failedPrecondition, .execNotFound,
            "\(interpreter) is not in PATH; install \(interpreter == "node" ? "Node" : "it"), or set execPath",
            metadata: ["exec": interpreter])
    }

    private static func notFound(_ exec: String) -> ClusterError {
        ClusterError(
            .failedPrecondition, .execNotFound, "cannot find \(exec); name a program that exists",
            metadata: ["exec": exec])
    }
}
