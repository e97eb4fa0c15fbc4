// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import History
import Shared

/// Which history a command reads.
struct HistoryLocation: ParsableArguments {
    @OptionGroup var directory: DataDirectoryOption

    @Option(help: ArgumentHelp("A history's file instead, such as one that was set aside.", valueName: "file"))
    var file: String?

    func validate() throws {
        if file != nil && directory.dataDir != nil {
            throw ValidationError("--file and --data-dir do not go together")
        }
        if file != nil && directory.app != nil { throw ValidationError("--file and --app do not go together") }
    }

    /// Opens the history for reading and runs `body`. Reports what is wrong if that fails.
    func read(_ body: (History) throws -> Void) throws {
        do {
            let history = try History.reading(path: file ?? directory.path + "/history.sqlite")
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
