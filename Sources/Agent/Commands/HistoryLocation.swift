// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import History
import Shared

/// Which history a command reads.
struct HistoryLocation: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The agent's data directory. (default: as the agent's)", valueName: "dir"))
    var dataDir: String?

    @Option(help: ArgumentHelp("A history's file instead, such as one that was set aside.", valueName: "file"))
    var file: String?

    func validate() throws {
        if file != nil && dataDir != nil { throw ValidationError("--file and --data-dir do not go together") }
    }

    /// Opens the history for reading and runs `body`. Reports what is wrong if that fails.
    func read(_ body: (History) throws -> Void) throws {
        do {
            let directory = file == nil ? try DataDirectory.configuredPath(dataDir) : ""
            let history = try History.reading(path: file ?? directory + "/history.sqlite")
            defer { try? history.close() }
            try body(history)
        } catch let error as StartupError {
            throw Self.failure("\(error)", code: error.code.rawValue)
        } catch let error as ClusterError {
            throw Self.failure(error.message, code: EXIT_FAILURE)
        }
    }

    private static func failure(_ message: String, code: Int32) -> ExitCode {
        CommandOutput.complain("cluster-agent: \(message)")
        return ExitCode(code)
    }
}
