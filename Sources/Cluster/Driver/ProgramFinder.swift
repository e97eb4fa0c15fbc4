// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// Finds programs and scripts before a fork, so that a mistake has a clear answer.
enum ProgramFinder {
    private static let scriptEndings = [".js", ".cjs", ".mjs", ".ts"]

    static func interpreter(for exec: String) -> String? {
        scriptEndings.contains { exec.hasSuffix($0) } ? "node" : nil
    }

    /// From the agent's working directory.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }

    /// - Throws: `EXEC_NOT_FOUND`
    static func script(_ exec: String) throws(ClusterError) -> String {
        let path = absolute(exec)
        guard access(path, F_OK) == 0 else { throw notFound(exec) }
        guard access(path, R_OK) == 0, !isDirectory(path) else {
            throw ClusterError(
                .failedPrecondition, .execNotExecutable, "\(exec) cannot be read as a script; check its permissions",
                metadata: ["exec": exec])
        }
        return path
    }

    /// A program by its path, or by its name in the directories of `search`.
    ///
    /// - Throws: `EXEC_NOT_FOUND`, `EXEC_NOT_EXECUTABLE`
    static func program(_ exec: String, search: String) throws(ClusterError) -> String {
        let candidates =
            exec.contains("/")
            ? [absolute(exec)]
            : [absolute(exec)].filter { access($0, X_OK) == 0 && !isDirectory($0) }
                + search.split(separator: ":").map { "\($0)/\(exec)" }
        let found = candidates.filter { access($0, F_OK) == 0 }
        guard !found.isEmpty else { throw notFound(exec) }
        guard let path = found.first(where: { access($0, X_OK) == 0 && !isDirectory($0) }) else {
            let reason = isDirectory(found[0]) ? "a directory; name a program" : "not executable; try: chmod +x \(exec)"
            throw ClusterError(
                .failedPrecondition, .execNotExecutable, "\(exec) is \(reason)", metadata: ["exec": exec])
        }
        return path
    }

    /// - Throws: `CWD_NOT_FOUND`
    static func checkDirectory(_ path: String) throws(ClusterError) {
        let absolute = absolute(path)
        guard !isDirectory(absolute) else { return }
        let problem = access(absolute, F_OK) == 0 ? "is no directory" : "does not exist, or cannot be reached"
        throw ClusterError(
            .failedPrecondition, .cwdNotFound, "the working directory \(path) \(problem)", metadata: ["cwd": path])
    }

    private static func notFound(_ exec: String) -> ClusterError {
        ClusterError(
            .failedPrecondition, .execNotFound, "cannot find \(exec); name a program that exists",
            metadata: ["exec": exec])
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
