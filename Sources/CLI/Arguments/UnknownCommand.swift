// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// A word in the place of a command that is not a command.
struct UnknownCommand {
    private let word: String
    private let known: [String]
    private let parent: String?

    /// Nil if the command line has another mistake.
    init?(in arguments: [String]) {
        var command: any ParsableCommand.Type = ClusterCLI.self
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument.hasPrefix("-") {
                if argument == "--" { return nil }
                if GlobalOptions.namesWithValue.contains(argument) { _ = rest.popFirst() }
                continue
            }
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty || argument == "help" { return nil }
            guard let next = subcommands.first(where: { Self.names($0).contains(argument) }) else {
                word = argument
                known = subcommands.flatMap(Self.names)
                parent = command.configuration.commandName
                return
            }
            command = next
        }
        return nil
    }

    /// The command that was probably meant, or all commands if they fit on a line.
    private var advice: String {
        let question = NearestName.question(word, in: known)
        guard question.isEmpty, parent != ClusterCLI.configuration.commandName else { return question }
        return "; \(parent ?? "") has \(known.joined(separator: ", "))"
    }

    var error: ValidationError {
        ValidationError("there is no command '\(word)'\(advice)")
    }

    static func names(_ command: any ParsableCommand.Type) -> [String] {
        (command.configuration.commandName.map { [$0] } ?? []) + command.configuration.aliases
    }
}
