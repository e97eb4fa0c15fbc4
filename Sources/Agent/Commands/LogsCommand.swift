// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Contract
import FoundationEssentials
import Glibc
import Shared
import WorkerLogs

/// `cluster-agent logs`
struct LogsCommand: ParsableCommand {
    static let name = "logs"
    static let configuration = CommandConfiguration(
        commandName: "cluster-agent logs",
        abstract: "Shows what workers have printed, from the files of a data directory; no agent need run.",
        discussion: """
            A line is shown as INSTANCE│ LINE, oldest first. Colours that workers print are shown at a terminal alone. \
            For several hosts, and to follow, use cluster-cli logs.
            """)

    @Argument(help: ArgumentHelp("Workers, also those that have ended.", valueName: "id"), transform: Self.worker)
    var ids: [WorkerID] = []

    @Option(help: ArgumentHelp("The last lines. (default: 100; all with ID or --since)", valueName: "n"))
    var tail: Int?

    @Option(
        help: ArgumentHelp(
            "Not before this time: an age such as 15m, 2h, 7d, a date (2027-01-01, UTC), or a time of RFC 3339.",
            valueName: "time"),
        transform: Self.moment)
    var since: Timestamp?

    @Option(
        help: ArgumentHelp("Standard output or standard error alone.", valueName: "out|err"), transform: Self.stream)
    var stream: WorkerStream?

    @Option(help: ArgumentHelp("Only lines that have this text.", valueName: "text"))
    var contains: String?

    @Option(
        help: ArgumentHelp(
            "Only lines of this instance, of workers that a primary script has forked, or of the script itself.",
            valueName: "n|forked|primary"), transform: Self.source)
    var instance: OutputSource?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("text, or jsonl: the lines as they are stored.", valueName: "format"))
    var output = Format.text

    @OptionGroup var directory: DataDirectoryOption

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case text, jsonl
    }

    private static let usualTail = 100
    /// Lines that are in memory at the same time.
    private static let pageSize = 1000

    private static func worker(_ text: String) throws -> WorkerID {
        guard let id = WorkerID(text) else { throw ValidationError("an id is a number from 1") }
        return id
    }

    private static func moment(_ text: String) throws -> Timestamp {
        if let time = WrittenMoment.time(text, now: .now) { return time }
        throw ValidationError("it must be an age such as 15m, a date such as 2027-01-01, or 2027-01-01T12:00:00Z")
    }

    private static func source(_ text: String) throws -> OutputSource {
        guard let source = OutputSource(text) else { throw ValidationError("it must be a number, forked or primary") }
        return source
    }

    private static func stream(_ text: String) throws -> WorkerStream {
        guard let stream = WorkerStream(written: text) else { throw ValidationError("it must be out or err") }
        return stream
    }

    func validate() throws {
        guard tail.map({ $0 >= 1 }) ?? true else { throw ValidationError("--tail is a number from 1") }
        guard contains.map({ !$0.isEmpty }) ?? true else { throw ValidationError("--contains needs a text") }
    }

    func run() throws {
        // A reader such as `head` may have had enough. That is not an error.
        signal(SIGPIPE, SIG_DFL)
        do {
            // A mistyped path must not look like workers that print nothing.
            try read(directory.existing().logs)
        } catch let error as StartupError {
            CommandOutput.complain("cluster-agent: \(error)")
            throw ExitCode(error.code.rawValue)
        }
    }

    private func read(_ path: String) throws {
        var query = LogQuery(limit: Self.pageSize)
        query.workers = Set(ids)
        (query.source, query.stream, query.since, query.contains) = (instance, stream, since, contains)
        let lines = tail ?? (ids.isEmpty && since == nil ? Self.usualTail : nil)
        if let lines { query.afterSeq = try start(of: lines, query, path) }
        while true {
            let page = try page(query, path)
            try CommandOutput.write(text(page))
            guard let next = page.next else { return }
            query.afterSeq = next
        }
    }

    /// The place before the last lines.
    private func start(of lines: Int, _ query: LogQuery, _ path: String) throws -> Int64? {
        var query = query
        query.order = .descending
        var left = lines
        var first: Int64?
        while left > 0 {
            query.limit = min(left, Self.pageSize)
            let page = try page(query, path)
            first = page.seqs.last ?? first
            left -= page.count
            guard let next = page.next else { break }
            query.beforeSeq = next
        }
        return left > 0 ? nil : first.map { $0 - 1 }
    }

    private func page(_ query: LogQuery, _ path: String) throws -> LogPage {
        do {
            return try LogReader.page(query, in: path)
        } catch {
            CommandOutput.complain("cluster-agent: cannot read \(path): \(error)")
            throw ExitCode.failure
        }
    }

    private func text(_ page: LogPage) throws -> String {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        guard output == .text else {
            return String(decoding: isTerminal ? TerminalSafe.json(page.bytes) : page.bytes, as: UTF8.self)
        }
        // https://no-color.org
        let environment = [String: String].current
        let takesColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        let decoder = JSONDecoder()
        return try (0..<page.count).map { index in
            let line = try decoder.decode(LogLine.self, from: Data(page[index]))
            let text = PrintedText.shown(line.line, inColour: takesColour)
            return "\(line.instance.map(String.init) ?? "-")│ \(line.stream == "agent" ? "-- \(text) --" : text)\n"
        }.joined()
    }
}
