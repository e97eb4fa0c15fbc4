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

    @Option(help: "Only those of this worker.", completion: Candidates.workers, transform: WorkerID.parse)
    var worker: WorkerID?

    @OptionGroup var wanted: EventOptions

    @Flag(help: "With --follow: the workers' messages as well.")
    var messages = false

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard wanted.follow || !messages else {
            throw ValidationError("--messages needs --follow: the history has none")
        }
    }

    func run(in session: Session) async throws -> ExitStatus {
        let query = WantedEvents(
            types: wanted.types, worker: worker, requestID: wanted.request, since: wanted.window.since?.time,
            until: wanted.window.until?.time, isReversed: wanted.reverse)
        return wanted.follow
            ? await EventFollow(session: session, query: query, messages: messages, printer: printer(session)).run()
            : try await EventListing(session: session, query: query, limit: wanted.limit?.value) { printer(session) }
                .run()
    }

    @TransportActor
    private func printer(_ session: Session) -> EventPrinter {
        EventPrinter(
            session.options.output, hosts: session.hosts.map(\.name), isList: session.isList,
            inColour: session.takesColour)
    }
}
