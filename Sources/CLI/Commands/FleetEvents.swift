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

    @Option(
        help: ArgumentHelp("Only these, by comma: exit,fork.", valueName: "type"),
        completion: .list(EventType.allCases.map(\.rawValue)))
    var type: [String] = []

    @Option(
        help: ArgumentHelp(
            "Not before this time: an age such as 15m, 2h, 7d, a date (2027-01-01, UTC), or a time of RFC 3339.",
            valueName: "time"), transform: MomentArgument.parse)
    var since: MomentArgument?

    @Option(help: ArgumentHelp("Before this time.", valueName: "time"), transform: MomentArgument.parse)
    var until: MomentArgument?

    @Option(help: ArgumentHelp("Only those that this request caused.", valueName: "id"))
    var request: String?

    @Option(help: "At most so many, the newest.")
    var limit: WholeNumber?

    @Flag(help: "Newest first.")
    var reverse = false

    @Flag(name: .shortAndLong, help: "Show what is stored from now on; reconnect after a break.")
    var follow = false

    @OptionGroup var global: GlobalOptions

    var asksRegistry: Bool { true }

    func validate() throws {
        guard limit.map({ $0.value >= 1 }) ?? true else { throw ValidationError("--limit is a number from 1") }
        guard global.fleet == nil || global.host.isEmpty || global.group.isEmpty else {
            throw ValidationError("name agents with --host or groups with --group, not both")
        }
        guard (agents + groups).allSatisfy(GivenName.isValid) else {
            throw ValidationError("a name is \(GivenName.form)")
        }
        guard types.allSatisfy({ EventType(rawValue: $0) != nil }) else {
            throw ValidationError("--type is a list such as exit,fork")
        }
        guard follow else { return }
        let conflicts = [
            (since != nil, "--since"), (until != nil, "--until"), (request != nil, "--request"),
            (limit != nil, "--limit"),
            (reverse, "--reverse"),
        ]
        if let conflict = conflicts.first(where: \.0) {
            throw ValidationError("\(conflict.1) does not go with --follow")
        }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let query = WantedFleetEvents(
            agents: agents, groups: groups, types: types, requestID: request, since: since?.time, until: until?.time,
            isReversed: reverse)
        let printer: @TransportActor () -> FleetEventPrinter = {
            FleetEventPrinter(session.options.output, inColour: session.takesColour)
        }
        return follow
            ? await EventFollow(session: session, query: query, messages: false, printer: printer()).run()
            : try await EventListing(session: session, query: query, limit: limit?.value, printer: printer).run()
    }

    private var types: [String] { Self.words(type) }
    private var agents: [String] { Self.words(agent) + (global.fleet == nil ? [] : global.host) }
    private var groups: [String] { global.fleet == nil ? [] : global.group }

    private static func words(_ lists: [String]) -> [String] {
        lists.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }
}
