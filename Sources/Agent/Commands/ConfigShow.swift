// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cluster-agent config show`: every key with its value, and who says so.
struct ConfigShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints the whole configuration, as the file may have it; what args hold is hidden.")

    @OptionGroup var options: AgentOptions

    func run() async throws {
        try await CommandOutput.explaining {
            let (configuration, reader) = try options.configuration()
            for line in try configuration.lines(reader) { CommandOutput.print(line) }
        }
    }
}
