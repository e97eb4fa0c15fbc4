// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli logs`
struct Logs: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "What workers print, of several hosts merged by time; with --follow as they print it.",
        discussion: """
            EXAMPLES:
              cluster-cli logs                                the last 100 lines
              cluster-cli logs -f                             and new ones as they come
              cluster-cli logs 7 9 --since 15m                of two workers
              cluster-cli --all-hosts logs -f --stream err    errors of a fleet, live
              cluster-cli -o jsonl logs --contains timeout | jq .line

            A line is shown as HOST INSTANCE│ LINE, without the host if there is one. Without ID, --since or --tail \
            the last 100 lines of each host are shown, oldest first. With --follow, an ID alone does not show more.
            """)

    @Argument(
        help: ArgumentHelp("Workers, also those that have ended.", valueName: "id"), completion: Candidates.workers,
        transform: WorkerID.parse)
    var ids: [WorkerID] = []

    @Flag(name: .shortAndLong, help: "Show what workers print from now on; reconnect after a break.")
    var follow = false

    @Option(help: ArgumentHelp("The last lines of each host, at most 1000 with --follow.", valueName: "n"))
    var tail: WholeNumber?

    @OptionGroup var window: TimeWindow

    @Option(
        help: ArgumentHelp("Standard output or standard error alone.", valueName: "out|err"),
        completion: .list(["out", "err"]), transform: Self.stream)
    var stream: WorkerStream?

    @Option(help: ArgumentHelp("Only lines that have this text.", valueName: "text"))
    var contains: String?

    @Option(
        help: ArgumentHelp(
            "Only lines of this instance, of workers that a primary script has forked, or of the script itself.",
            valueName: "n|forked|primary"), transform: Self.source)
    var instance: OutputSource?

    @OptionGroup var global: GlobalOptions

    /// How many lines are shown if nothing says otherwise.
    private static let usualTail = 100

    private static func source(_ text: String) throws -> OutputSource {
        guard let source = OutputSource(text) else { throw ValidationError("it must be a number, forked or primary") }
        return source
    }

    private static func stream(_ text: String) throws -> WorkerStream {
        guard let stream = WorkerStream(written: text) else { throw ValidationError("it must be out or err") }
        return stream
    }

    func validate() throws {
        guard contains.map({ !$0.isEmpty }) ?? true else { throw ValidationError("--contains needs a text") }
        guard follow else {
            guard tail.map({ $0.value >= 1 }) ?? true else { throw ValidationError("--tail is a number from 1") }
            return
        }
        guard window.until == nil else { throw ValidationError("--until does not go with --follow") }
        guard tail.map({ (0...1000).contains($0.value) }) ?? true else {
            throw ValidationError("with --follow, --tail is a number from 0 to 1000")
        }
    }

    func run(in session: Session) async throws -> ExitStatus {
        // Without --follow, a caller who names workers or a time wants all of that.
        let (since, until) = (window.since?.time, window.until?.time)
        let wantsTail = follow ? since == nil : ids.isEmpty && since == nil && until == nil
        let lines = tail?.value ?? (wantsTail ? Self.usualTail : nil)
        func ofAllHosts(_ lines: Int) -> Int {
            let (all, overflow) = lines.multipliedReportingOverflow(by: session.hosts.count)
            return overflow ? .max : all
        }
        let query = WantedLogs(
            workers: ids, source: instance, stream: stream, contains: contains, since: since, until: until,
            tail: lines)
        let printer = LogPrinter(
            session.options.output, hosts: session.hosts.map(\.name), isList: session.isList,
            inColour: session.takesColour)
        if follow {
            return await EventFollow(session: session, query: query, messages: false, printer: printer).run()
        }
        // A tail is counted for each host, because the last lines of all hosts may all come from one host.
        return try await EventListing(
            session: session, query: query, limit: lines.map(ofAllHosts), limitOfHost: lines
        ) { printer }.run()
    }
}
