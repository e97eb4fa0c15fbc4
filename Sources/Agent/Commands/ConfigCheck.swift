// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cluster-agent config check`: exits with 0 where an agent would start with this configuration.
struct ConfigCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says what is wrong with the configuration, and exits with 78 where there is.")

    @OptionGroup var options: AgentOptions

    func run() async throws {
        try await CommandOutput.explaining {
            let (configuration, _) = try options.configuration()
            _ = try configuration.tls?.makeContext()
            CommandOutput.print("ok")
        }
    }
}
