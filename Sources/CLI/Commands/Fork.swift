// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli fork [COUNT]`
struct Fork: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "fork", abstract: "Forks workers and prints their ids.",
        discussion: """
            EXAMPLES:
              cluster-cli fork                                one more
              cluster-cli fork 4 --wait listening             returns when all listen
              cluster-cli fork --env PORT=8001 --env-file .env
            """)

    @Argument(help: "How many, 1 to 1000.")
    var count: WholeNumber = 1

    @Option(help: ArgumentHelp("Set in the workers' environment; may be repeated.", valueName: "name=value"))
    var env: [String] = []

    @Option(
        help: ArgumentHelp("A file of NAME=VALUE lines, as dotenv reads it; --env overrides it.", valueName: "file"),
        completion: .file())
    var envFile: String?

    @Option(help: "Wait until all of them are online, or until they listen.")
    var wait: ForkRequest.Milestone?

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard (1...1000).contains(count.value) else { throw ValidationError("COUNT is a number from 1 to 1000") }
        _ = try assignments()
    }

    func run(in session: Session) async throws -> ExitStatus {
        var variables: [String: String] = [:]
        if let envFile { variables = try Self.variables(ofFile: envFile, within: global.timeout.duration) }
        variables.merge(try assignments()) { _, last in last }
        return try await session.report(WorkerTable.columns) { [variables] client in
            let request = ForkRequest(
                count: count.value, env: variables.isEmpty ? nil : variables, wait: wait,
                timeoutMs: wait == nil ? nil : client.waitMilliseconds)
            let json = try await client.post(
                "/v1/workers:fork", body: RawJSON(encoding: request), isLasting: wait != nil)
            return HostAnswer(
                json: json, rows: WorkerTable.rows(try client.decoded(json, as: WorkersReply.self).workers))
        }
    }

    private func assignments() throws -> [String: String] {
        var variables: [String: String] = [:]
        for assignment in env {
            guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex,
                !assignment.utf8.contains(0)
            else { throw ValidationError("--env: '\(assignment)' is not NAME=VALUE") }
            variables[String(assignment[..<equals])] = String(assignment[assignment.index(after: equals)...])
        }
        return variables
    }

    private static func variables(ofFile path: String, within time: Duration) throws -> [String: String] {
        let bytes: [UInt8]
        do {
            // A request may have 1 MiB.
            bytes = try SmallFile.readAside(path, limit: 1 << 20, .any, until: .now + time)
        } catch {
            throw ValidationError("cannot read \(path): \(error.reason)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ValidationError("\(path) is not UTF-8")
        }
        do {
            return try EnvironmentFile.variables(in: text)
        } catch {
            throw ValidationError("\(path):\(error.line): \(error.reason)")
        }
    }
}
