// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// The program's entry. If the first word is `token`, `config`, `history`, `logs`, `init` or `help`, it names a command. Everything
/// else goes to the agent, whose EXEC may have any name (`./token` for a program called `token`).
@main
enum Program {
    static func main() async {
        // Comes first, before anything opens a file.
        _ = InheritedDescriptors.atStart
        _ = StandardFiles.closedAtStart
        SignalDispositions.unblockAll()
        let (command, words) = command(Array(CommandLine.arguments.dropFirst()))
        await run(command, words)
    }

    /// The command that a command line names, and its arguments.
    static func command(_ words: [String]) -> (any ParsableCommand.Type, words: [String]) {
        let commands: [String: any ParsableCommand.Type] = [
            TokenCommand.name: TokenCommand.self, ConfigCommand.name: ConfigCommand.self,
            HistoryCommand.name: HistoryCommand.self, LogsCommand.name: LogsCommand.self,
            InitCommand.name: InitCommand.self,
        ]
        guard let first = words.first else { return (AgentCommand.self, words) }
        if let command = commands[first] { return (command, Array(words.dropFirst())) }
        guard first == "help" else { return (AgentCommand.self, words) }
        guard let topic = words.dropFirst().first, let command = commands[topic] else {
            return (AgentCommand.self, ["--help"])
        }
        return (command, ["help"] + words.dropFirst(2))
    }

    private static func run<Command: ParsableCommand>(_ type: Command.Type, _ words: [String]) async {
        do {
            var command = try type.parseAsRoot(words)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(type, with: error)
        }
    }

    /// Like ArgumentParser's `exit(withError:)`, but it notices if its text is lost.
    private static func end<Command: ParsableCommand>(_ type: Command.Type, with error: any Error) -> Never {
        let text = type.fullMessage(for: error)
        let code = type.exitCode(for: error)
        guard code == .success else {
            if !text.isEmpty { CommandOutput.complain(text) }
            exit(code.rawValue)
        }
        do {
            if !text.isEmpty { try CommandOutput.print(text) }
        } catch {
            CommandOutput.complain("cluster-agent: \(error)")
            exit(error.code.rawValue)
        }
        exit(code.rawValue)
    }
}
