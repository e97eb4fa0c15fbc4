// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Shared

/// The command line of `cluster-agent`.
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster-agent",
        abstract: "Runs the primary of a cluster: forks workers, shares ports with them, serves the control API.",
        usage: """
            cluster-agent [OPTIONS] [EXEC [ARG...]]
            cluster-agent token create|list|revoke
            cluster-agent config check|show
            cluster-agent history export|verify
            """,
        version: AgentVersion.current)

    @OptionGroup var options: AgentOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The workers' program and its arguments.", valueName: "exec"))
    var command: [String] = []

    /// What comes before EXEC is the agent's; the parser passes on whatever it does not know, for the worker's sake.
    func validate() throws {
        guard let first = command.first, first.hasPrefix("-"), first != "--" else { return }
        switch first {
        case "-h", "--help": throw CleanExit.helpRequest(self)
        case "--version": throw CleanExit.message(AgentVersion.current)
        // What man pages are made from.
        case "--experimental-dump-help": throw CleanExit.message(Self._dumpHelp())
        default:
            let option = String(first.prefix { $0 != "=" })
            let known = Self.helpMessage().matches(of: #/--[a-z][a-z-]*/#).map { String($0.0) }
            throw ValidationError("there is no option \(option)\(NearestName.question(option, in: known))")
        }
    }

    func run() async throws {
        SignalDispositions.prepare()
        try await CommandOutput.explaining {
            let configuration = try makeConfiguration(environment: .current, cores: AvailableCores.count)
            AgentLog.bootstrap(level: configuration.logLevel)
            let logger = AgentLog.logger()
            if configuration.tls == nil && !configuration.listen.allSatisfy(\.isLoopback) {
                logger.warning("the API can be reached from other machines without encryption")
            }
            let fileLimit = FileLimit.raise()
            try FileLimit.check(cores: AvailableCores.count)
            let program = AgentProgram(configuration: configuration, workerFileLimit: fileLimit, logger: logger)
            try await program.run { line in
                AgentStreams.output.write(line)
            }
        }
    }

    /// - Throws: `StartupError`.
    func makeConfiguration(environment: [String: String], cores: Int) throws -> AgentConfiguration {
        // What ends the options is none of the worker's arguments.
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        return try options.configuration(command: words, environment: environment, cores: cores).0
    }
}
