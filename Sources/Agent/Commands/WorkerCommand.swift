// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Shared

/// EXEC and its arguments as the parser passes them on (`captureForPassthrough`): everything from the first word that
/// it does not know.
enum WorkerCommand {
    /// - Throws: an error if the first word is an option, because options before EXEC are the agent's.
    static func check<Command: ParsableCommand>(_ words: [String], of command: Command) throws {
        guard let first = words.first, first.hasPrefix("-"), first != "--" else { return }
        if ["-h", "--help"].contains(first) { throw CleanExit.helpRequest(command) }
        let option = String(first.prefix { $0 != "=" })
        let known = Command.helpMessage().matches(of: #/--[a-z][a-z-]*/#).map { String($0.0) }
        throw ValidationError("there is no option \(option)\(NearestName.question(option, in: known))")
    }

    /// Without the `--` that ends the options. The worker does not get it.
    static func words(_ words: [String]) -> [String] {
        words.first == "--" ? Array(words.dropFirst()) : words
    }
}
