// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
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
            """,
        version: AgentVersion.current)

    @Option(
        help: ArgumentHelp("How many workers to fork at start. (default: max with EXEC, else 0)", valueName: "n|max"))
    var workers: WorkerCount?

    @Option(
        help: ArgumentHelp(
            "Where the API listens, repeatable; port 0 takes a free one. (default: 127.0.0.1:7420)",
            valueName: "host:port"))
    var listen: [ListenAddress] = []

    @Option(
        help: ArgumentHelp(
            "Where the history, the token and the unix socket are. (default: $CLUSTER_DATA_DIR, "
                + "$XDG_STATE_HOME/cluster-agent, ~/.local/state/cluster-agent)", valueName: "dir"))
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "Who gives connections to workers: rr or none. (default: $NODE_CLUSTER_SCHED_POLICY, rr)",
            valueName: "policy"),
        transform: { try named($0) })
    var schedulingPolicy: SchedulingPolicy?

    @Option(
        help: ArgumentHelp("How long workers have to end at shutdown: 10, 500ms, 1m. (default: 10)", valueName: "time"))
    var grace: GracePeriod?

    @Option(
        help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"),
        transform: { try named($0) })
    var logLevel = Logger.Level.notice

    @Flag(help: "Ask for no token on TCP. On loopback only.")
    var insecureNoAuth = false

    @Flag(help: "Let TCP without encryption be reached from other machines.")
    var insecurePlaintext = false

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
        default: throw ValidationError("there is no option \(first)")
        }
    }

    func run() async throws {
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "cluster-agent")
        try await Terminal.explaining {
            let configuration = try makeConfiguration(environment: .current, cores: AvailableCores.count)
            if insecurePlaintext && !configuration.listen.allSatisfy(\.isLoopback) {
                logger.warning("the API can be reached from other machines without encryption")
            }
            FileLimit.raise()
            try await AgentProgram(configuration: configuration, logger: logger).run { line in
                Terminal.print(line)
            }
        }
    }

    /// - Throws: `StartupError` (64) where the options do not go together.
    func makeConfiguration(environment: [String: String], cores: Int) throws -> AgentConfiguration {
        var words = command
        // What ends the options is none of the worker's arguments.
        if words.first == "--" { words.removeFirst() }
        let listen = listen.isEmpty ? [.standard] : listen
        if let open = listen.first(where: { !$0.isLoopback }) {
            if insecureNoAuth {
                throw StartupError(.usage, "--insecure-no-auth is for loopback only, and \(open) is not")
            }
            if !insecurePlaintext {
                throw StartupError(
                    .usage,
                    "\(open) can be reached from other machines without encryption; "
                        + "listen on 127.0.0.1, or say --insecure-plaintext")
            }
        }
        var settings = ClusterSettings()
        if let exec = words.first {
            settings.exec = try Self.absolute(exec)
            settings.args = Array(words.dropFirst())
        }
        let policy = schedulingPolicy ?? AgentConfiguration.schedulingPolicy(from: environment)
        settings.schedulingPolicy = policy ?? settings.schedulingPolicy
        let count = workers ?? (words.isEmpty ? .exactly(0) : .max)
        if words.isEmpty, count != .exactly(0) {
            throw StartupError(.usage, "--workers needs an EXEC to fork")
        }
        return AgentConfiguration(
            dataDirectory: try dataDir ?? DataDirectory.standardPath(in: environment), listen: listen,
            authentication: insecureNoAuth ? .none : .token, workers: count.resolved(cores: cores),
            settings: settings, workerEnvironment: AgentConfiguration.workerEnvironment(from: environment),
            grace: (grace ?? .standard).duration)
    }

    /// Found now, while somebody looks, and not by the first fork.
    private static func absolute(_ exec: String) throws -> String {
        guard let resolved = realpath(exec, nil) else {
            throw StartupError(.usage, "cannot find EXEC: \(exec): \(String(cString: strerror(errno)))")
        }
        free(resolved)
        if exec.hasPrefix("/") { return exec }
        guard let here = getcwd(nil, 0) else {
            throw StartupError(.unavailable, "cannot find the working directory: \(String(cString: strerror(errno)))")
        }
        defer { free(here) }
        return String(cString: here) + "/" + (exec.hasPrefix("./") ? String(exec.dropFirst(2)) : exec)
    }
}

private func named<Value: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Value {
    guard let value = Value(rawValue: name) else {
        throw ValidationError("it must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return value
}
