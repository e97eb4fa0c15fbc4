// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// An event as it is shown. Unlike `Event` it takes types that are not invented yet:
/// a newer agent must not make the history unreadable. What is no event at all has a line too, so that it hides no other.
struct EventLine: Sendable {
    let raw: RawJSON
    let seq: Int64?
    /// RFC 3339 in UTC with milliseconds: as text it sorts like the time.
    let time: String
    let type: String
    let workerID: Int64?
    let data: RawJSON?

    init(_ raw: RawJSON) {
        guard let members = raw.members else {
            self = EventLine(unreadable: Array(raw.bytes))
            return
        }
        self.raw = raw
        func member(_ name: String) -> RawJSON? { members.last { $0.name == name }?.value }
        seq = member("seq")?.integer
        time = member("time")?.string ?? ""
        type = member("type")?.string ?? ""
        workerID = member("workerId")?.integer
        data = member("data")
    }

    /// Stands for what came in an event's place.
    init(unreadable bytes: [UInt8]) {
        let beginning = String(decoding: bytes.prefix(200), as: UTF8.self)
        let line = Unreadable(data: Unreadable.Content(bytes: bytes.count, text: beginning))
        // Text and numbers can always be written.
        raw = (try? RawJSON(encoding: line)) ?? RawJSON(array: [])
        (seq, time, type, workerID, data) = (nil, "", line.type, nil, raw["data"])
    }

    private struct Unreadable: Encodable {
        struct Content: Encodable {
            var bytes: Int
            var text: String
        }

        var type = "unreadable"
        var data: Content
    }

    /// Not an event but a word to the watcher: it fell behind, and the stream ends.
    var isLagged: Bool { type == "lagged" }

    /// Whether this is the `setup` of a fork, which is the event next to it.
    func isSetup(of fork: EventLine) -> Bool {
        type == "setup" && fork.type == "fork" && raw["requestId"]?.string == fork.raw["requestId"]?.string
    }

    /// How a worker ended by itself: `exit code 1: Error: no database`. Nil for any other event.
    var endByItself: String? {
        guard type == EventType.exit.rawValue, raw["requestId"]?.string == nil, let data,
            let reason = data["reason"]?.string.flatMap(ExitReport.Reason.init(rawValue:)),
            [.exited, .signaled].contains(reason)
        else { return nil }
        let report = ExitReport(
            reason: reason, code: data["code"]?.integer.flatMap(Int32.init(exactly:)),
            signal: data["signal"]?.string.flatMap(Signal.init), stderr: data["stderr"]?.string)
        return report.inWords
    }

    /// The agent's object with the host's name put in front.
    ///
    /// An agent that gives a name of its own is not believed.
    func json(host: String) throws -> [UInt8] {
        let members = (raw.members ?? []).filter { $0.name != "host" }
        return try RawJSON(object: [(name: "host", value: RawJSON(encoding: host))] + members).oneLine
    }
}
