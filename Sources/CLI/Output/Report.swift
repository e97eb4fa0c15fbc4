// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// The results of a command at all hosts. Only this type knows the output formats.
struct Report: Sendable {
    var tables: [[Table.Column]]
    var answers: [(host: String, answer: HostAnswer)]
    /// Whether JSON names the hosts, even if there is only one.
    var isList: Bool
    /// The title of the column of names. Nil: it is there only for several hosts.
    var nameTitle: String?

    var status: ExitStatus {
        ExitStatus(
            failures: answers.flatMap(\.answer.failures), successes: answers.reduce(0) { $0 + $1.answer.successes })
    }

    /// For standard error, one line each.
    var complaints: [String] {
        let failures = answers.flatMap { host, answer in answer.failures.map { $0.line(host: host) } }
        let mismatch = answers.lazy.compactMap { host, answer in
            answer.version.flatMap { Version.complaint(about: $0, host: host) }
        }
        // One such line is enough for a whole fleet.
        return failures + mismatch.prefix(1).map(TerminalText.safe)
    }

    /// For standard output.
    func render(_ format: OutputFormat, width: Int?, inColour: Bool) throws -> [UInt8] {
        switch format {
        case .table: Array(tableText(width: width, inColour: inColour).utf8)
        case .json: StandardStreams.shown(try json())
        case .jsonl:
            try answers.flatMap {
                StandardStreams.shown(try Self.entry($0.host, $0.answer).oneLine) + [UInt8(ascii: "\n")]
            }
        }
    }

    private func tableText(width: Int?, inColour: Bool) -> String {
        let namesHosts = answers.count > 1 || nameTitle != nil
        var blocks: [String] = []
        for (index, columns) in tables.enumerated() {
            var table = Table(
                columns: namesHosts ? [.init(title: nameTitle ?? "HOST", isFlexible: true)] + columns : columns)
            for (host, answer) in answers where index < answer.rows.count {
                table.rows += answer.rows[index].map { namesHosts ? [Cell(host)] + $0 : $0 }
            }
            // If everything failed, there is nothing to put under a header.
            let hasSuccess = answers.contains { $0.answer.json != nil && $0.answer.failures.isEmpty }
            guard !table.rows.isEmpty || hasSuccess else { continue }
            if index > 0, table.rows.isEmpty { continue }
            blocks.append(table.withoutEmptyColumns.lines(width: width, inColour: inColour).map { $0 + "\n" }.joined())
        }
        return blocks.joined(separator: "\n")
    }

    /// One host's reply is passed on as it came, a refusal too. Several replies get their hosts' names.
    private func json() throws -> [UInt8] {
        if answers.count == 1, !isList {
            let answer = answers[0].answer
            return try Array((answer.json ?? answer.failures.first?.jsonReply)?.bytes ?? []) + [UInt8(ascii: "\n")]
        }
        let entries = try answers.map { try Self.entry($0.host, $0.answer) }
        return Array(RawJSON(array: entries).bytes) + [UInt8(ascii: "\n")]
    }

    /// `{"host", "ok", "result" | "error"}`. Both if some of several calls failed.
    private static func entry(_ host: String, _ answer: HostAnswer) throws -> RawJSON {
        var members = [
            (name: "host", value: try RawJSON(encoding: host)),
            (name: "ok", value: try RawJSON(encoding: answer.failures.isEmpty)),
        ]
        if let json = answer.json { members.append((name: "result", value: json)) }
        if let failure = answer.failures.first { members.append((name: "error", value: try failure.json)) }
        return try RawJSON(object: members)
    }
}

/// `--output`
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    case table, json, jsonl
}
