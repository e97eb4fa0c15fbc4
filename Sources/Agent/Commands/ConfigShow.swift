// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cluster-agent config show`: each key with its value, and where the value comes from.
struct ConfigShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints the whole configuration in the form of the file. The workers' arguments are hidden.")

    @OptionGroup var options: AgentOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The workers' program and its arguments.", valueName: "exec"))
    var command: [String] = []

    func validate() throws { try WorkerCommand.check(command, of: self) }

    func run() async throws {
        try await CommandOutput.explaining {
            let (configuration, reader) = try options.configuration(command: WorkerCommand.words(command))
            for line in try configuration.lines(reader) { try CommandOutput.print(line) }
        }
    }
}
