// SPDX-License-Identifier: Apache-2.0

internal import Contract
internal import Shared

/// The agent that `--fleet` names cannot say which agents there are.
struct RegistryFailure: Error {
    let host: String
    let failure: Failure
}

/// One run of the program: its agents, and where their answers go.
@TransportActor
struct Session {
    let hosts: [Host]
    let options: GlobalOptions
    private let gate: Gate
    /// How many calls run at once.
    private static let usualWidth = 64

    /// - Throws: `ValidationError` if the hosts cannot be determined.
    init(_ options: GlobalOptions) throws {
        self.init(options, hosts: try HostSelection(options).hosts())
    }

    private init(_ options: GlobalOptions, hosts: [Host]) {
        self.options = options
        self.hosts = hosts
        gate = Gate(width: options.parallel?.value ?? Self.usualWidth, time: options.timeout.duration)
    }

    /// The session of a command.
    /// - Throws: `ValidationError` if the hosts cannot be determined, `RegistryFailure` if the registry does not answer.
    static func open(for command: any SessionCommand) async throws -> Session {
        let options = command.global
        guard let name = options.fleet else { return try Session(options) }
        var gateway = options
        (gateway.host, gateway.group, gateway.allHosts, gateway.fleet) = ([name], [], false, nil)
        let session = try Session(gateway)
        if command.asksRegistry { return session }
        guard let host = session.hosts.first else { return session }
        do {
            let client = session.client(host, within: .eachCall(options.timeout.duration))
            let reply: FleetAgentsReply = try client.decoded(try await client.get("/v1/fleet/agents"))
            let selection = FleetSelection(options, credentials: try HostSelection(options).commonCredentials())
            return Session(options, hosts: try selection.hosts(of: reply.agents))
        } catch let failure as Failure {
            throw RegistryFailure(host: host.name, failure: failure)
        }
    }

    /// With a group or all hosts, JSON is a list with an entry per host, even for one host.
    var isList: Bool { hosts.count > 1 || options.allHosts || !options.group.isEmpty || options.allApps }

    /// The beginning of a command line for this host: `cluster-cli -H web-1`.
    func program(for host: String) -> String {
        if !options.namesAgents || host == AgentName.unnamed { return "cluster-cli" }
        let option = options.namesHosts ? "-H" : "--app"
        return "cluster-cli \(option) \(TerminalText.safe(host))"
    }

    func client(_ host: Host, within limit: TimeLimit) -> AgentClient {
        AgentClient(host: host, limit: limit, gate: gate, isVerbose: options.verbose)
    }

    /// For commands that may run for as long as there is something to do.
    var eachCall: TimeLimit { .eachCall(options.timeout.duration) }

    /// Asks all hosts at once, with one deadline, and shows their answers.
    func report(
        _ tables: [Table.Column]..., ask: @escaping @TransportActor (AgentClient) async throws -> HostAnswer
    ) async throws -> ExitStatus {
        let progress = ProgressLine(hosts: hosts.map(\.name))
        let answers = await onEachHost(within: .allCalls(options.timeout.duration)) { client in
            defer { progress?.didAnswer(client.host.name) }
            do {
                return try await ask(client)
            } catch {
                return HostAnswer(Failure(error))
            }
        }
        progress?.end()
        return try show(Report(tables: tables, answers: answers, isList: isList))
    }

    /// The results in the order of the hosts.
    func onEachHost<Result: Sendable>(
        within limit: TimeLimit, _ body: @escaping @TransportActor (AgentClient) async -> Result
    ) async -> [(host: String, answer: Result)] {
        let results = await concurrently(hosts) { await body(client($0, within: limit)) }
        return zip(hosts, results).map { ($0.name, $1) }
    }

    /// Standard output comes first, so that on a terminal the errors are read last.
    func show(_ report: Report) throws -> ExitStatus {
        try StandardStreams.write(report.render(options.output, width: Terminal.width, inColour: takesColour))
        for line in report.complaints { StandardStreams.complain(line) }
        return report.status
    }

    var takesColour: Bool { !options.noColor && Terminal.takesColour }
}

/// Does something with all items at once. The results come in the items' order.
@TransportActor
func concurrently<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @escaping @TransportActor (Item) async -> Result
) async -> [Result] {
    // One host is the usual case, and a task costs more than the call.
    if items.count == 1 { return [await body(items[0])] }
    // Separate tasks begin in order. A group's children would not.
    let tasks = items.map { item in TransportTasks.start { await body(item) } }
    var results: [Result] = []
    for task in tasks { results.append(await task.value) }
    return results
}
