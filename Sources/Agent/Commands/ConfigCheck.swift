// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster

/// `cluster-agent config check`: exits with 0 if an agent would start with this configuration and command line.
struct ConfigCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks the configuration. Exits with 78 if something is wrong.")

    @OptionGroup var options: AgentOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The workers' program and its arguments.", valueName: "exec"))
    var command: [String] = []

    func validate() throws { try WorkerCommand.check(command, of: self) }

    func run() async throws {
        try await CommandOutput.explaining {
            let (configuration, _) = try options.configuration(command: WorkerCommand.words(command))
            _ = try configuration.tls?.makeContext()
            _ = try SocketRoles(configuration.socket)
            _ = try configuration.socket.groupNumber()
            try Self.checkWorkers(configuration)
            try CommandOutput.print("ok")
        }
    }

    /// - Throws: `StartupError` in the words of the start.
    private static func checkWorkers(_ configuration: AgentConfiguration) throws(StartupError) {
        var settings = configuration.settings
        guard settings.exec != nil else { return }
        // Node runs a primary script whatever the script's name and rights are.
        if configuration.runsPrimary { settings.execPath = try ScriptStart.interpreter(configuration).name }
        do throws(ClusterError) {
            try ResolvedSettings.check(
                settings, environment: configuration.workerEnvironment,
                inherited: InheritedDescriptors.atStart)
        } catch {
            throw PrimaryService.refusal(error)
        }
    }
}
