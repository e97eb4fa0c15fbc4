// SPDX-License-Identifier: Apache-2.0

public import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of a test's own, in a temporary directory, reached by a unix socket alone.
public final class PostgresServer: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Where its socket and its data are.
    public let directory: URL
    private let settings: [String]
    private let program = Mutex<SpawnedProgram?>(nil)

    /// Runs `body` with a server that is gone when it returns or throws.
    /// - Parameters:
    ///   - directory: nil: a new one.
    ///   - log: where its write-ahead log is, in an empty directory. Nil: in its own.
    ///   - settings: as `name=value`.
    public static func with<Result>(
        directory: URL? = nil, log: URL? = nil, settings: [String] = [],
        _ body: (PostgresServer) async throws -> Result
    ) async throws -> Result {
        guard let directory else {
            return try await withTemporaryDirectory {
                try await with(directory: $0, log: log, settings: settings, body)
            }
        }
        let server = try await PostgresServer(directory: directory, log: log, settings: settings)
        do {
            try await server.start()
            let result = try await body(server)
            try await server.stop(SIGQUIT)
            return result
        } catch {
            server.kill(SIGQUIT)
            // Otherwise it would still write into the directory that is removed.
            try? await server.stop(SIGQUIT)
            throw error
        }
    }

    /// Makes the data directory. The server runs as the user `postgres`, because it refuses to run as root.
    private init(directory: URL, log: URL?, settings: [String]) async throws {
        self.directory = directory
        self.settings = settings
        if geteuid() == 0 {
            guard let account = getpwnam("postgres") else {
                throw Failure(description: "there is no user postgres; run scripts/setup test")
            }
            for own in [directory, log].compactMap(\.self) {
                guard chown(own.path, account.pointee.pw_uid, account.pointee.pw_gid) == 0 else {
                    throw Failure(description: "chown: \(String(cString: strerror(errno)))")
                }
            }
        }
        try await run(
            Self.tool("initdb"),
            ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
                + (log.map { ["-X", $0.path] } ?? []))
    }

    private var data: String { directory.appending(path: "data").path }

    /// libpq's URL of one of its databases.
    public func url(_ database: String = "postgres") -> String {
        "postgresql:///\(database)?host=\(directory.path)&user=postgres"
    }

    /// Starts it, and waits until it takes connections.
    public func start() async throws {
        let words = settings + ["listen_addresses=", "fsync=off", "unix_socket_directories=\(directory.path)"]
        let command = try Self.asServer(Self.tool("postgres"), ["-D", data] + words.flatMap { ["-c", $0] })
        let started = try SpawnedProgram(command[0], Array(command.dropFirst()), environment: Self.environment)
        program.withLock { $0 = started }
        var log = ""
        let lines = started.errors.lines()
        for await line in lines {
            log += line + "\n"
            guard line.contains("ready to accept") else { continue }
            // A pipe that nobody reads would stop it.
            Task { for await _ in lines {} }
            return
        }
        throw Failure(description: "the server did not start:\n\(log)")
    }

    /// Sends its main process a signal: SIGKILL is a crash, SIGSTOP a hang.
    public func kill(_ signal: Int32) {
        guard let pid = program.withLock({ $0?.pid }) else { return }
        _ = Glibc.kill(pid, signal)
        // A stopped process does not obey.
        if signal == SIGQUIT { _ = Glibc.kill(pid, SIGCONT) }
    }

    /// Ends it, and waits for its end.
    public func stop(_ signal: Int32) async throws {
        guard
            let ended = program.withLock({ program in
                defer { program = nil }
                return program
            })
        else { return }
        _ = Glibc.kill(ended.pid, signal)
        for await _ in ended.ends {}
    }

    /// Its main process and that one's children.
    public func processes() throws -> [Int32] {
        guard let pid = program.withLock({ $0?.pid }) else { return [] }
        let children = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return children.split(separator: " ").compactMap { Int32($0) } + [pid]
    }

    /// Stops each of its processes, or lets each go on.
    public func stopAll(_ signal: Int32) throws {
        for pid in try processes() { _ = Glibc.kill(pid, signal) }
    }

    /// What `psql` prints for a text of SQL: rows in lines, columns with `|` between them.
    @discardableResult
    public func sql(_ sql: String, database: String = "postgres") async throws -> String {
        try await run(
            "/usr/bin/psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-c", sql])
    }

    /// Makes an empty database of this name.
    public func makeDatabase(_ name: String) async throws -> String {
        try await sql("CREATE DATABASE \(name)")
        return url(name)
    }

    // MARK: Programs

    @discardableResult
    private func run(_ path: String, _ arguments: [String]) async throws -> String {
        let command = try Self.asServer(path, arguments)
        let program = try SpawnedProgram(command[0], Array(command.dropFirst()), environment: Self.environment)
        try program.input.close()
        async let errors = program.errors.text()
        let output = await program.output.lines().reduce(into: [String]()) { $0.append($1) }.joined(separator: "\n")
        for await status in program.ends where status != 0 {
            throw Failure(description: "\(path) ended with \(status): \(await errors)")
        }
        _ = await errors
        return output
    }

    /// Without the caller's, whose `PG*` variables would count.
    private static let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C"]

    private static func asServer(_ path: String, _ arguments: [String]) throws -> [String] {
        guard geteuid() == 0 else { return [path] + arguments }
        return ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", path] + arguments
    }

    /// Debian keeps each release's programs in a folder of their own.
    private static func tool(_ name: String) throws -> String {
        let root = "/usr/lib/postgresql"
        let releases = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        guard let newest = releases.compactMap({ Int($0) }).max() else {
            throw Failure(description: "there is no PostgreSQL in \(root); run scripts/setup test")
        }
        return "\(root)/\(newest)/bin/\(name)"
    }
}
