// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Looks at all hosts and shows their workers: on a screen, or as lines.
@TransportActor
final class TopPrinter {
    private let session: Session
    /// Nil: lines go to standard output.
    private let screen: Screen?
    private var readings: [String: TopReading] = [:]
    private var rows: [TopRow] = []
    private var complaints: [String] = []
    private var hasHeader = false

    init(session: Session, screen: Screen?) {
        self.session = session
        self.screen = screen
    }

    /// Asks all hosts, and shows what they say.
    ///
    /// - Returns: how that went.
    func look(sortedBy order: TopOrder) async throws -> ExitStatus {
        let answers = await session.onEachHost(within: .allCalls(session.options.timeout.duration)) { client in
            do {
                let (json, workers) = try await client.workers()
                return (HostAnswer(json: json, rows: []), TopReading(at: .now, workers: workers) as TopReading?)
            } catch {
                return (HostAnswer(Failure(error)), nil)
            }
        }
        rows = []
        for (host, (_, reading)) in answers {
            guard let reading else { continue }
            rows += reading.rows(of: host, since: readings[host])
            readings[host] = reading
        }
        let report = Report(
            tables: [], answers: answers.map { ($0.host, $0.answer.0) }, isList: session.isList)
        complaints = report.complaints
        if session.options.output == .table {
            try draw(sortedBy: order)
        } else {
            _ = try session.show(report)
        }
        return report.status
    }

    /// Shows the last look again.
    func draw(sortedBy order: TopOrder) throws {
        let now = Timestamp.now
        let namesHosts = session.hosts.count > 1
        var table = Table(columns: TopTable.columns(namesHosts: namesHosts))
        table.rows = order.sorted(rows).map { TopTable.row($0, namesHosts: namesHosts, now: now) }
        guard let screen else { return try printLines(table, now: now) }
        let keys = TopOrder.allCases.map { "\(UnicodeScalar($0.key)) \($0.rawValue)" }.joined(separator: ", ")
        let width = Terminal.width
        let words =
            [TopTable.summary(rows, hosts: session.hosts.count), ""] + complaints
            + ["by \(order.rawValue); sort by \(keys); q quits", ""]
        let head = words.map { TerminalText.fitting(TerminalText.safe($0), width: width ?? .max) }
        try screen.draw(head + table.lines(width: width, inColour: session.takesColour))
    }

    private func printLines(_ table: Table, now: Timestamp) throws {
        var timed = table
        timed.columns = [.init(title: "TIME", minimum: 24)] + table.columns
        timed.rows = table.rows.map { [Cell(now)] + $0 }
        let lines = timed.lines(width: Terminal.width, inColour: session.takesColour, withHeader: !hasHeader)
        hasHeader = true
        try StandardStreams.write(lines.map { $0 + "\n" }.joined().utf8)
        for complaint in complaints { StandardStreams.complain(complaint) }
    }
}
