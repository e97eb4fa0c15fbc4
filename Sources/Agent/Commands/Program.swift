// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The program's entry. A first word `token`, `config` or `history` names a command of its own; whatever else is there is the
/// agent's, whose EXEC may have any name (`./token` where it has just that one).
@main
enum Program {
    static func main() async {
        // Before anything else opens a file.
        _ = InheritedDescriptors.atStart
        StandardFiles.open()
        SignalDispositions.unblockAll()
        let words = Array(CommandLine.arguments.dropFirst())
        switch words.first {
        case TokenCommand.name: await TokenCommand.main(Array(words.dropFirst()))
        case ConfigCommand.name: await ConfigCommand.main(Array(words.dropFirst()))
        case HistoryCommand.name: HistoryCommand.main(Array(words.dropFirst()))
        default: await AgentCommand.main(words)
        }
    }
}
