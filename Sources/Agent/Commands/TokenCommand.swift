// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cluster-agent token`: the tokens for TCP. A running agent notices each change at its next request.
struct TokenCommand: AsyncParsableCommand {
    static let name = "token"
    static let configuration = CommandConfiguration(
        commandName: "cluster-agent token",
        abstract: "Makes, lists and revokes the tokens of a data directory.",
        subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}

/// Which data directory a command is about.
struct DataDirectoryOption: ParsableArguments {
    @Option(help: ArgumentHelp("The agent's data directory. (default: as the agent's)", valueName: "dir"))
    var dataDir: String?

    /// - Throws: `StartupError`.
    func tokens() throws -> TokenFile {
        try DataDirectory(creating: DataDirectory.configuredPath(dataDir)).tokens
    }

    /// For commands that would find nothing in a new directory. They must not hide a mistyped path.
    /// - Throws: `StartupError`.
    func existingTokens() throws -> TokenFile {
        try DataDirectory(existing: DataDirectory.configuredPath(dataDir)).tokens
    }
}
