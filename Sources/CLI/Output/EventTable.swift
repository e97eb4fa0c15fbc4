// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Events as rows.
enum EventTable {
    /// How much of the time is shown.
    enum Clock {
        case whole
        /// Without the day.
        case ofDay
    }

    /// The widths are fixed, because rows are printed as they come.
    static func columns(_ clock: Clock = .whole) -> [Table.Column] {
        [
            .init(title: "TIME", minimum: clock == .whole ? 24 : 12), .init(title: "EVENT", minimum: 10),
            .init(title: "WORKER", isNumber: true, minimum: 6), .init(title: "DETAIL", isFlexible: true),
        ]
    }

    /// An event with more bytes has no detail in a table.
    private static let longestEvent = 4 << 20

    /// - Parameter longest: a longer text is cut before the rest of it is read.
    static func row(_ event: EventLine, _ clock: Clock = .whole, longest: Int = .max) -> Table.Row {
        func cut(_ text: String) -> String { String(text.unicodeScalars.prefix(longest)) }
        return [
            Cell(cut(clock == .whole ? event.time : event.time.dropFirst(11).beginning(12))),
            Cell(cut(event.type), tone: tone(event)), Cell(event.workerID), Cell(cut(detail(event))),
        ]
    }

    private static func hasRoom(_ event: EventLine) -> Bool { event.raw.bytes.count <= longestEvent }

    private static func tone(_ event: EventLine) -> Cell.Tone {
        switch EventType(rawValue: event.type) {
        case .listening, .online, .ready, .responsive: .good
        case .leaving, .disconnect, .limit, .restart: .doubtful
        case .unresponsive, .gaveUp: .bad
        case .operation where hasRoom(event):
            event.data?["verdict"]?.string.map { $0 == "succeeded" ? Cell.Tone.good : .bad } ?? .plain
        case .exit: hasRoom(event) && event.data?["code"]?.integer == 0 ? .plain : .bad
        default: .plain
        }
    }

    /// The event's fields in words, or the raw fields if this program does not know the type.
    static func detail(_ event: EventLine) -> String {
        guard hasRoom(event) else {
            return "has \(event.raw.bytes.count >> 20) MiB, too much for a table; -o json shows it"
        }
        let data = event.data
        // The data around the message.
        guard !(data?.nestsDeeper(than: JSONValue.maxDepth + 1) ?? false) else {
            return "nests deeper than \(JSONValue.maxDepth) levels; -o json shows it"
        }
        func text(_ field: String) -> String? { data?[field]?.string }
        switch EventType(rawValue: event.type) {
        case .fork: return program(data)
        case .setup:
            let revision = data?["settings"]?["revision"]?.integer.map { "revision \($0): " } ?? ""
            return revision + program(data?["settings"])
        case .listening:
            return data?.decoded(as: ListeningAddress.self)?.text ?? fields(data)
        case .leaving:
            let who = text("principal").map { "asked by \($0)" }
            let limit = text("deadline").map { "until \($0)" }
            let what =
                switch text("reason") {
                case ExitReport.Reason.agentStopped.rawValue: "the agent stops"
                case "supervision": "the supervisor stops it"
                default: "asked to"
                }
            let parts = [who ?? what, limit]
            return parts.compactMap(\.self).joined(separator: ", ")
        case .disconnect:
            return text("reason").map { "closed by the agent: \($0)" } ?? who(event) ?? ""
        case .exit: return exit(event)
        case .message: return data?["message"].map { String(decoding: $0.oneLine, as: UTF8.self) } ?? fields(data)
        case .command:
            let parts = [text("method"), text("path"), data?["status"]?.integer.map(String.init)]
            return parts.compactMap(\.self).joined(separator: " ") + (text("principal").map { " by \($0)" } ?? "")
        case .agentStart, .agentStop:
            let parts = [text("version"), text("reason"), lastRun(data?["lastRun"]?["end"]?.string)]
            return parts.compactMap(\.self).joined(separator: ", ")
        case .gap:
            let lost =
                data?["lostMessages"]?.integer.map { "\($0) messages are not shown" }
                ?? data?["lost"]?.integer.map { "\($0) events are missing" } ?? "events are missing"
            return lost + (text("reason").map { ": \($0)" } ?? "")
        case .scale, .restart, .ready, .unresponsive, .responsive, .limit, .gaveUp, .operation, .resolved:
            return EventType(rawValue: event.type).map { supervisionDetail($0, data) } ?? ""
        case .online, nil: return fields(data)
        }
    }

    /// How the run before this start ended.
    private static func lastRun(_ end: String?) -> String? {
        switch end {
        case "none": "the first start"
        case "stopped": "after a stop"
        case "lost": "after a kill or a crash"
        case "unknown": "nobody knows how the last run ended"
        default: nil
        }
    }
    private static func exit(_ event: EventLine) -> String {
        let data = event.data
        let reason = data?["reason"]?.string.flatMap(ExitReport.Reason.init(rawValue:))
        let left = data?["leftBehind"]?.elements.map {
            ", left \($0.count == 1 ? "a process" : "\($0.count) processes")"
        }
        switch reason {
        case .agentLost: return WorkerTable.agentLost
        case .spawnFailed: return "could not be started"
        case .exited, .signaled, .disconnected, .agentStopped, nil:
            let end = data?["signal"]?.string ?? data?["code"]?.integer.map { "code \($0)" } ?? "?"
            let age = data?["uptimeMs"]?.integer.map { " after \(Duration.milliseconds(max(0, $0)).text)" } ?? ""
            let cause = who(event) ?? (reason == .agentStopped ? "the agent stopped" : nil)
            return end + age + (cause.map { ", \($0)" } ?? "") + (left ?? "")
        }
    }

    private static func program(_ data: RawJSON?) -> String {
        let args = data?["args"]?.decoded(as: [String].self) ?? []
        return ([data?["exec"]?.string ?? "?"] + args).joined(separator: " ")
    }

    /// Who gave the command that was the cause. Nil if there was none.
    private static func who(_ event: EventLine) -> String? {
        event.data?["principal"]?.string.map { "by \($0)" }
            ?? (event.raw["requestId"]?.string == nil ? nil : "by a command")
    }

    private static func fields(_ data: RawJSON?) -> String {
        guard let data, data.bytes != Array("{}".utf8)[...], data.bytes != Array("null".utf8)[...] else { return "" }
        return String(decoding: data.oneLine, as: UTF8.self)
    }
}
