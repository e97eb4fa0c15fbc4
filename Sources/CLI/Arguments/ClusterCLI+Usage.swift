// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

extension ClusterCLI {
    /// The text for an error, with the usage of the command that has the mistake. For mistakes that this program finds,
    /// the parser knows only the usage of the whole program.
    static func fullMessage(for error: any Error, in arguments: [String]) -> String {
        let text = fullMessage(for: error)
        guard error is ValidationError, let (command, path) = named(in: arguments),
            let usage = text.firstRange(of: "\nUsage: ")
        else { return text }
        let lines = usageString(for: command).split(separator: "\n").joined(separator: "\n       ")
        return String(text[..<usage.lowerBound]) + "\nUsage: \(lines)\n  See '\(path) --help' for more information."
    }

    /// The innermost command on the command line and its full name. Nil if no command is named.
    private static func named(in arguments: [String]) -> (type: any ParsableCommand.Type, path: String)? {
        var type: any ParsableCommand.Type = ClusterCLI.self
        var path: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst(), argument != "--" {
            if GlobalOptions.namesWithValue.contains(argument) { _ = rest.popFirst() }
            guard
                let next = type.configuration.subcommands.first(where: { UnknownCommand.names($0).contains(argument) })
            else { continue }
            type = next
            path.append(argument)
        }
        return path.isEmpty ? nil : (type, "cluster-cli " + path.joined(separator: " "))
    }
}
