// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli why [INSTANCE]`
struct Why: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Says why workers failed, and what happens next.",
        discussion: """
            EXAMPLES:
              cluster-cli why                    the last failure of each instance
              cluster-cli why 2                  the last failures of one
              cluster-cli -g web why             of each host of a group

            It says what ended a worker, who or what caused it, and its last lines on standard error.
            """)

    @Argument(
        help: ArgumentHelp("The number of an instance, from 0.", valueName: "instance"),
        completion: Candidates.instances)
    var number: WholeNumber?

    @OptionGroup var global: GlobalOptions

    /// How many failures of one instance, and how many instances, are shown.
    private static let mostEnds = 3
    private static let mostInstances = 5
    /// A crash loop of many instances fills a page in seconds. The newest events are what counts.
    private static let pageSize = 500
    private static let types = [EventType.exit, .restart, .gaveUp]

    /// What a host reports, as text and as JSON.
    private struct Answer {
        var lines: [String]
        var answer: HostAnswer
    }

    private var instance: Int? { number?.value }

    func run(in session: Session) async throws -> ExitStatus {
        let all = await session.onEachHost(within: .allCalls(session.options.timeout.duration)) { client in
            do {
                return try await ask(client)
            } catch {
                return Answer(lines: [], answer: HostAnswer(Failure(error)))
            }
        }
        let report = Report(
            tables: [], answers: all.map { (host: $0.host, answer: $0.answer.answer) }, isList: session.isList)
        guard session.options.output == .table else { return try session.show(report) }
        var text = ""
        for (host, answer) in all where !answer.lines.isEmpty {
            if all.count > 1 { text += (text.isEmpty ? "" : "\n") + TerminalText.safe(host) + "\n" }
            text += answer.lines.map { TerminalText.safe($0) + "\n" }.joined()
        }
        try StandardStreams.write(Array(text.utf8))
        for line in report.complaints { StandardStreams.complain(line) }
        return report.status
    }

    @TransportActor
    private func ask(_ client: AgentClient) async throws -> Answer {
        let (instancesReply, instances) = try await client.instances()
        if let instance, !instances.contains(where: { $0.instance == instance }) {
            let known = instances.prefix(20).map { "\($0.instance)" }.joined(separator: ", ")
            let hint = known.isEmpty ? "there are no instances" : "the instances are \(known)"
            throw Failure(kind: .refused, message: "there is no instance \(instance)", hint: hint)
        }
        let clusterReply = try await client.get("/v1/cluster")
        let cluster: ClusterReply = try client.decoded(clusterReply)
        let (eventsReply, events) = try await history(client)
        let json = try RawJSON(object: [
            (name: "cluster", value: clusterReply),
            (name: "instances", value: instancesReply["instances"] ?? instancesReply),
            (name: "events", value: eventsReply),
        ])
        // Without it the rest is still worth saying.
        let workers = (try? await client.workers().workers) ?? []
        let now = Timestamp.now
        let wanted = instances.filter { instance == nil || instance == $0.instance }
        let operations = try await client.operations().operations
        let stories = wanted.map { FailureStory($0, events: events, operations: operations, now: now) }
        return Answer(
            lines: Self.lines(stories, instance, cluster, wanted, Self.hung(workers, of: instance), now: now),
            answer: HostAnswer(json: json, rows: []))
    }

    /// Without a history the agent still knows the last failures.
    @TransportActor
    private func history(_ client: AgentClient) async throws -> (json: RawJSON, events: [EventLine]) {
        let query = WantedEvents(types: Self.types.map(\.rawValue), isReversed: true)
        do {
            let page = try await client.get("/v1/events", query: query.history(pageSize: Self.pageSize))
            let events = try client.elements(page, "events")
            return (RawJSON(array: events), events.map(EventLine.init))
        } catch let failure as Failure where failure.reason == .historyUnavailable {
            StandardStreams.complain(failure.line(host: client.host.name))
            return (RawJSON(array: []), [])
        }
    }

    /// A line for each worker whose event loop does not answer.
    static func hung(_ workers: [WorkerInfo], of instance: Int?) -> [String] {
        workers.filter { $0.responsive == false && (instance == nil || instance == $0.instance) }.map { worker in
            let place = worker.instance.map { " (instance \($0))" } ?? ""
            return "worker \(worker.id)\(place) hangs: its event loop does not answer; see: cluster-cli supervision"
        }
    }

    private static func lines(
        _ stories: [FailureStory], _ instance: Int?, _ cluster: ClusterReply, _ instances: [InstanceInfo],
        _ hung: [String], now: Timestamp
    ) -> [String] {
        let status = cluster.supervision
        var lines: [String] = []
        if let status {
            lines.append("\(status.ready) of \(counted(status.desired, "worker")) ready: \(status.phase.inWords)")
        }
        let paused = cluster.workers.paused
        if paused > 0 {
            let whom = paused == 1 ? "1 worker gets" : "\(paused) workers get"
            lines.append("\(whom) no new connections, because somebody has paused them; see: cluster-cli workers")
        }
        lines += hung
        if instance != nil { return lines + stories.flatMap { $0.lines(atMost: mostEnds) } }
        let told = stories.filter { !$0.isEmpty }.sorted { ($0.time ?? now) > ($1.time ?? now) }
        lines += told.prefix(mostInstances).flatMap { $0.lines(atMost: 1) }
        if told.count > mostInstances {
            lines.append("and \(counted(told.count - mostInstances, "more instance")); see: cluster-cli instances")
        }
        if let failure = status?.lastFailure, !instances.contains(where: { $0.instance == failure.instance }) {
            // Its instance is gone, so nobody wants its worker any more.
            var gone = InstanceInfo(instance: failure.instance, state: .gaveUp)
            gone.lastFailure = failure
            lines += FailureStory(gone, events: [], now: now).lines(atMost: 1).dropLast()
            lines.append("  now: this instance is gone, and nothing takes its place")
        } else if told.isEmpty, hung.isEmpty {
            lines.append("no failure is known")
        }
        return lines
    }
}
