// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli events`
struct Events: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "The history, of several hosts merged by time; with --follow what happens now.",
        discussion: """
            EXAMPLES:
              cluster-cli events --since 15m              the last quarter of an hour
              cluster-cli events --type exit --limit 5    the last five ends
              cluster-cli --all-hosts events --follow     live, and on after a break
              cluster-cli -o jsonl events --worker 3 | jq .type

            Oldest first, or with --reverse newest first. --limit takes the newest.
            """)

    @Option(
        help: ArgumentHelp("Only these, by comma: exit,fork.", valueName: "type"),
        completion: .list(EventType.allCases.map(\.rawValue)))
    var type: [String] = []

    @Option(help: "Only those of this worker.", completion: Candidates.workers, transform: WorkerID.parse)
    var worker: WorkerID?

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

    @Flag(name: .shortAndLong, help: "Show what happens from now on; reconnect after a break.")
    var follow = false

    @Flag(help: "With --follow: the workers' messages as well.")
    var messages = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard limit.map({ $0.value >= 1 }) ?? true else { throw ValidationError("--limit is a number from 1") }
        guard types.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }) else {
            throw ValidationError("--type is a list such as exit,fork")
        }
        guard follow else {
            guard !messages else { throw ValidationError("--messages needs --follow: the history has none") }
            return
        }
        let conflicts = [
            (until != nil, "--until"), (request != nil, "--request"), (limit != nil, "--limit"), (reverse, "--reverse"),
        ]
        if let conflict = conflicts.first(where: \.0) {
            throw ValidationError("\(conflict.1) does not go with --follow")
        }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let query = WantedEvents(
            types: types, worker: worker, requestID: request, since: since?.time, until: until?.time,
            isReversed: reverse)
        return follow
            ? await EventFollow(session: session, query: query, messages: messages, printer: printer(session)).run()
            : try await EventListing(session: session, query: query, limit: limit?.value) { printer(session) }.run()
    }

    @TransportActor
    private func printer(_ session: Session) -> EventPrinter {
        EventPrinter(
            session.options.output, hosts: session.hosts.map(\.name), isList: session.isList,
            inColour: session.takesColour)
    }

    private var types: [String] {
        type.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }
}
