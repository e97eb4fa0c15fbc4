// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster
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
            cluster-agent logs
            cluster-agent init
            """,
        discussion: """
            EXAMPLES:
              cluster-agent server.js                             a worker per core
              cluster-agent --primary app.js                      its primary half too
              cluster-agent --workers 4 --grace 30s server.js     four, with 30 s to end
              cluster-agent --config /etc/cluster-agent.yaml      all from a file
              cluster-agent --name web server.js                  one of several; --app web
              cluster-agent init                                  a file for the app here
              cluster-agent config check --workers 4 server.js    would it start?
              cluster-agent token create --role read --name ci    for another machine

            SIGNALS:
              SIGTERM, SIGINT,    end in good order; a second one kills the workers at
              SIGQUIT             once; the same one counts once in 500 ms
              SIGHUP              read the certificates again; without TLS, end if the
                                  terminal is gone
              SIGUSR1 and others  nothing
              With --primary, all but SIGUSR1 go to the program; the agent ends after it

            ENVIRONMENT:
              CLUSTER_AGENT_CONFIG        as --config
              CLUSTER_AGENT_...           each key of the configuration: …_TLS_CERT
              CLUSTER_DATA_DIR            the data directory, if nothing else names one
              NODE_CLUSTER_SCHED_POLICY   the scheduling policy, if nothing else names one

            FILES:
              ~/.local/state/cluster-agent/                  the data directory
              ~/.local/state/cluster-agent/agent.sock        the API for local users
              ~/.local/state/cluster-agent/token             the admin token for TCP
              ~/.local/state/cluster-agent/tokens.json       hashes of all other tokens
              ~/.local/state/cluster-agent/history.sqlite    the history
              ~/.local/state/cluster-agent/logs/             what workers print
              ~/.local/state/cluster-agent/apps/NAME/        the same, with --name NAME

            EXIT STATUS:
              0      it ended in good order
              1      the history or the lines of workers could not be read, or
                     the history breaks a rule
              64     the command line is wrong
              69     a port, the data directory, memory or descriptors are not available
              70     all instances have given up, and supervision.whenGivenUp is exit
              74     the output of a command is lost
              78     the configuration is wrong
              128+n  a second signal n ended it at once
              With --primary, the program's own instead of 0
            """,
        version: AgentVersion.current)

    @OptionGroup var options: AgentOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The workers' program and its arguments.", valueName: "exec"))
    var command: [String] = []

    func validate() throws {
        switch command.first {
        case "--version": throw CleanExit.message(AgentVersion.current)
        // The source of the man pages.
        case "--experimental-dump-help": throw CleanExit.message(Self._dumpHelp())
        default: try WorkerCommand.check(command, of: self)
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
            try FileLimit.check(
                cores: AvailableCores.count, workers: configuration.workers, inherited: InheritedDescriptors.atStart)
            let program = AgentProgram(
                configuration: configuration, isFresh: options.fresh, workerFileLimit: fileLimit, logger: logger)
            let end = try await program.run { line in
                AgentStreams.output.write(line)
            }
            if let end {
                AgentStreams.flush()
                end.takeOver()
            }
        }
    }

    /// - Throws: `StartupError`.
    func makeConfiguration(environment: [String: String], cores: Int) throws -> AgentConfiguration {
        try options.configuration(
            command: WorkerCommand.words(command), environment: environment, cores: cores
        ).0
    }
}
