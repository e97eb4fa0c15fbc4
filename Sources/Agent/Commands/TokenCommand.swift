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
