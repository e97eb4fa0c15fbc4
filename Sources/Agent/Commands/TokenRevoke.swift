// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// `cluster-agent token revoke`: the token stops working at the next request.
struct TokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revokes a token at once.",
        discussion: """
            The admin token in the file token is revoked by removing that file. The next start makes a new one.
            """)

    @Argument(help: "Its id or its name, as token list shows them.")
    var token: String

    @OptionGroup var directory: DataDirectoryOption

    func run() async throws {
        try await CommandOutput.explaining {
            try directory.existing().tokens.update { tokens throws(StartupError) in
                let count = tokens.count
                tokens.removeAll { $0.id == token || $0.name == token }
                guard tokens.count < count else {
                    throw StartupError(.usage, "there is no token \(token); see cluster-agent token list")
                }
            }
            CommandOutput.complain("token \(token) revoked")
        }
    }
}
