// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli fleet events`
struct FleetEvents: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "The history of all agents, by time.",
        discussion: """
            EXAMPLES:
              cluster-cli fleet events --since 1d --type exit     what ended anywhere
              cluster-cli fleet events --agent web-1 --limit 20   the last of one agent
              cluster-cli --fleet gw -g web fleet events -f       a group's, live

            Oldest first, or with --reverse newest first. --limit takes the newest. With --fleet, --host and --group
            choose among the fleet's agents. With --follow, the events of each agent come in their order.
            """)

    @Option(help: ArgumentHelp("Only those of these agents, by comma.", valueName: "name"))
    var agent: [String] = []

    @OptionGroup var wanted: EventOptions

    @OptionGroup var global: GlobalOptions

    var asksRegistry: Bool { true }

    func validate() throws {
        guard global.fleet == nil || global.host.isEmpty || global.group.isEmpty else {
            throw ValidationError("name agents with --host or groups with --group, not both")
        }
        guard (agents + groups).allSatisfy(GivenName.isValid) else {
            throw ValidationError("a name is \(GivenName.form)")
        }
        if wanted.follow, wanted.window.since != nil { throw ValidationError("--since does not go with --follow") }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let query = WantedFleetEvents(
            agents: agents, groups: groups, types: wanted.types, requestID: wanted.request,
            since: wanted.window.since?.time, until: wanted.window.until?.time, isReversed: wanted.reverse)
        let printer: @TransportActor () -> FleetEventPrinter = {
            FleetEventPrinter(session.options.output, inColour: session.takesColour)
        }
        return wanted.follow
            ? await EventFollow(session: session, query: query, messages: false, printer: printer()).run()
            : try await EventListing(session: session, query: query, limit: wanted.limit?.value, printer: printer).run()
    }

    private var agents: [String] { EventOptions.words(agent) + (global.fleet == nil ? [] : global.host) }
    private var groups: [String] { global.fleet == nil ? [] : global.group }
}
