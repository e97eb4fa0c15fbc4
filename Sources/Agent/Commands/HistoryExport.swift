// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import History
import Shared

/// `cluster-agent history export`
struct HistoryExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes all events to standard output, the oldest first.")

    @Option(help: ArgumentHelp("jsonl: one event per line, in the API's form. csv: RFC 4180.", valueName: "format"))
    var format = ExportFormat.jsonl

    @OptionGroup var location: HistoryLocation

    private static let pageSize = 1000

    func run() throws {
        // The reader may stop early, as `head` does. That is not an error.
        signal(SIGPIPE, SIG_DFL)
        try location.read { history in
            if let header = format.header { try CommandOutput.write(header) }
            // Does not wait for events that an agent stores meanwhile.
            let last = try history.lastSeq
            var query = EventQuery(beforeSeq: last &+ 1, limit: Self.pageSize)
            while case let page = try history.events(query), !page.isEmpty {
                try CommandOutput.write(page.map { try format.line($0) }.joined())
                query.afterSeq = page.last?.seq
            }
        }
    }
}
