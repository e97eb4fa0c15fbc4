// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Shared

/// The agent's options. Each one is also a key of the file and an environment variable. The option counts most.
struct AgentOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration file, in YAML. (default: $CLUSTER_AGENT_CONFIG, else none)", valueName: "file"))
    var config: String?

    @Flag(help: "Run EXEC as a whole program, its primary half too: it forks its workers itself.")
    var primary = false

    @Option(
        help: ArgumentHelp(
            "How many workers to keep running. (default: max with EXEC, else 0; 0 with --primary)", valueName: "n|max"),
        transform: { try parsed($0, WorkerCount.form) })
    var workers: WorkerCount?

    @Option(
        help: ArgumentHelp("Where workers run, and where a relative EXEC begins. (default: here)", valueName: "dir"))
    var cwd: String?

    @Option(
        help: ArgumentHelp("A file of NAME=VALUE lines for the workers' environment, repeatable.", valueName: "file"))
    var envFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where the API listens, repeatable; port 0 takes a free one. (default: 127.0.0.1:7420)",
            valueName: "host:port"),
        transform: { try address($0) })
    var listen: [ListenAddress] = []

    @Option(
        help: ArgumentHelp(
            "The agent's name, if a machine has several. It gives the agent a data directory of its own, and without "
                + "--listen the unix socket alone.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Where the history, the tokens and the unix socket are. (default: $CLUSTER_DATA_DIR, "
                + "$XDG_STATE_HOME/cluster-agent, ~/.local/state/cluster-agent)", valueName: "dir"))
    var dataDir: String?

    @Option(
        help: ArgumentHelp(
            "Who gives connections to workers: rr, none or reuseport. (default: $NODE_CLUSTER_SCHED_POLICY, rr)",
            valueName: "policy"),
        transform: { try named($0) })
    var schedulingPolicy: SchedulingPolicy?

    @Option(
        help: ArgumentHelp(
            "A socket that workers are started with, repeatable: tcp://HOST:PORT, udp://HOST:PORT or unix:///PATH.",
            valueName: "url"),
        transform: { try socket($0) })
    var workerListen: [ListenURL] = []

    @Option(
        help: ArgumentHelp(
            "When a worker is ready: automatic, listening, online, message, notify or immediately. (default: automatic)",
            valueName: "when"),
        transform: { try parsed($0, ReadinessChoice.form) })
    var workerReady: ReadinessChoice?

    @Flag(help: "Give workers with --worker-listen the cluster's channel too.")
    var workerChannel = false

    @Option(
        help: ArgumentHelp(
            "What tells a worker to disconnect. (default: a message, or SIGTERM with --worker-listen)",
            valueName: "signal"),
        transform: { try signal($0) })
    var workerDisconnectSignal: Signal?

    @Option(
        help: ArgumentHelp(
            "How long a port stays open for the replacement of the last worker on it. (default: 10)", valueName: "time"),
        transform: { try parsed($0, GracePeriod.form) })
    var listenerLinger: GracePeriod?

    @Option(
        help: ArgumentHelp("How long workers have to end at shutdown: 10, 500ms, 1m. (default: 8)", valueName: "time"),
        transform: { try parsed($0, GracePeriod.form) })
    var grace: GracePeriod?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical. (default: notice)", valueName: "level"),
        transform: { try named($0) })
    var logLevel: Logger.Level?

    @Option(help: ArgumentHelp("The agent's certificate, and those above it, for TLS.", valueName: "pem"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's private key.", valueName: "pem"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Clients must show a certificate that one of these has signed. tls.roles in the file gives it a role.",
            valueName: "pem"))
    var tlsClientCa: String?

    @Flag(help: "Ask for no token on TCP. On loopback only.")
    var insecureNoAuth = false

    @Flag(help: "Let TCP without encryption be reached from other machines.")
    var insecurePlaintext = false

    @Flag(help: "Forget what was changed through the API: start as configured.")
    var fresh = false

    @OptionGroup(title: "Supervision") var supervision: SupervisionOptions
    @OptionGroup(title: "History") var history: HistoryOptions
    @OptionGroup(title: "Worker output") var logs: LogOptions

    /// The options that were given, by key.
    var values: [ConfigurationKey: [String]] {
        var values: [ConfigurationKey: [String]] = [:]
        values[.workers] = workers.map { ["\($0)"] }
        values[.primary] = primary ? ["true"] : nil
        values[.cwd] = cwd.map { [$0] }
        values[.envFiles] = envFile.isEmpty ? nil : envFile
        values[.listen] = listen.isEmpty ? nil : listen.map(\.description)
        values[.name] = name.map { [$0] }
        values[.dataDirectory] = dataDir.map { [$0] }
        values[.schedulingPolicy] = schedulingPolicy.map { [$0.rawValue] }
        values[.workerListen] = workerListen.isEmpty ? nil : workerListen.map(\.description)
        values[.workerReady] = workerReady.map { ["\($0)"] }
        values[.workerChannel] = workerChannel ? ["true"] : nil
        values[.workerDisconnectSignal] = workerDisconnectSignal.map { [$0.description] }
        values[.listenerLinger] = listenerLinger.map { ["\($0)"] }
        values[.grace] = grace.map { ["\($0)"] }
        values[.logLevel] = logLevel.map { [$0.rawValue] }
        values[.tlsCertificate] = tlsCert.map { [$0] }
        values[.tlsKey] = tlsKey.map { [$0] }
        values[.tlsClientCA] = tlsClientCa.map { [$0] }
        values[.insecureNoAuth] = insecureNoAuth ? ["true"] : nil
        values[.insecurePlaintext] = insecurePlaintext ? ["true"] : nil
        return values.merging(history.values) { first, _ in first }.merging(supervision.values) { first, _ in first }
            .merging(logs.values) { first, _ in first }
    }

    /// How an agent with these options would be configured, and where each value comes from.
    /// - Parameter command: EXEC and its arguments, if given. The file's arguments belong to its own EXEC.
    /// - Throws: `StartupError`.
    func configuration(
        command: [String] = [], environment: [String: String] = .current, cores: Int = AvailableCores.count
    ) throws(StartupError) -> (AgentConfiguration, ConfigurationReader) {
        var values = values
        if let exec = command.first {
            values[.exec] = [exec]
            values[.args] = Array(command.dropFirst())
        }
        let reader = try ConfigurationReader(flags: values, environment: environment, file: config)
        return (try AgentConfiguration(telling: reader, environment: environment, cores: cores), reader)
    }
}

private func named<Value: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> Value {
    guard let value = Value(rawValue: name) else {
        throw ValidationError("it must be one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return value
}

private func parsed<Value: ExpressibleByArgument>(_ text: String, _ form: String) throws -> Value {
    guard let value = Value(argument: text) else { throw ValidationError("it must be \(form)") }
    return value
}

private func socket(_ text: String) throws -> ListenURL {
    do {
        return try ListenURL(parsing: text)
    } catch {
        throw ValidationError("\(text) \(error)")
    }
}

private func address(_ text: String) throws -> ListenAddress {
    do {
        return try ListenAddress(parsing: text)
    } catch {
        throw ValidationError("it must be \(error)")
    }
}

private func signal(_ text: String) throws -> Signal {
    guard let signal = Signal(text), signal != .test else { throw ValidationError("it must be a signal, as SIGTERM") }
    return signal
}
