// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// A word that looks like an option but is unknown to its command. The parser would complain about the next word
/// instead.
struct UnknownOption {
    private let word: String
    private let known: Set<String>

    /// Nil if the command line has another mistake.
    init?(in arguments: [String]) {
        var command: any ParsableCommand.Type = ClusterCLI.self
        var options: [String] = []
        for argument in arguments {
            if argument == "--" { break }
            if argument.hasPrefix("--") {
                options.append(String(argument.prefix { $0 != "=" }))
            } else if let next = command.configuration.subcommands.first(where: {
                UnknownCommand.names($0).contains(argument)
            }) {
                command = next
            }
        }
        // Not each command's help shows the options that all commands take.
        let known = Self.options(of: ClusterCLI.helpMessage(for: command))
            .union(Self.options(of: ClusterCLI.helpMessage()))
        guard let word = options.first(where: { !known.contains($0) && !Self.hidden.contains($0) }) else { return nil }
        (self.word, self.known) = (word, known)
    }

    /// The names at the beginning of lines. Sentences may name options of other commands.
    private static func options(of help: String) -> Set<String> {
        let names = help.split(separator: "\n").compactMap { line in
            line.wholeMatch(of: #/ {2}(?<names>-[^\s,]+(?:, -[^\s,]+)*)(?: .*)?/#)?.output.names
        }
        return Set(names.flatMap { $0.split(separator: ", ") }.map(String.init).filter { $0.hasPrefix("--") })
    }

    private static let hidden: Set<String> = [
        "--help", "--version", "--help-hidden", "--experimental-dump-help", "--generate-completion-script",
    ]

    var error: ValidationError {
        // An option that begins with the word is nearer than one of the same length.
        let longer = known.filter { $0.hasPrefix(word + "-") || (word.count > 3 && $0.hasPrefix(word)) }
        let question =
            longer.count == 1 ? ". Did you mean '\(longer.joined())'?" : NearestName.question(word, in: known)
        return ValidationError("there is no option '\(word)'\(question)")
    }
}
