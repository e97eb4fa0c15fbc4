// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// An event as it is shown. Unlike `Event` it accepts unknown types, so that a newer agent's history stays readable.
/// Anything that is not an event gets a line too, so that it does not hide the others.
struct EventLine: Sendable {
    let raw: RawJSON
    let seq: Int64?
    /// RFC 3339 in UTC with milliseconds. As text it sorts by time.
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

    /// Stands in place of something that is not an event.
    init(unreadable bytes: [UInt8]) {
        let beginning = String(decoding: bytes.prefix(200), as: UTF8.self)
        let line = Unreadable(data: Unreadable.Content(bytes: bytes.count, text: beginning))
        // Text and numbers can always be encoded.
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

    /// The same event without the page that it was found in.
    var detached: EventLine { EventLine(raw.detached) }

    /// Whether it should have a place in the history, and has none. A message, and the gap that stands for messages, are
    /// in no history.
    var lacksPlace: Bool {
        seq == nil && ![EventType.message.rawValue, EventType.gap.rawValue].contains(type)
    }

    /// Not an event: the agent says that this watcher was too slow, and the stream ends.
    var isLagged: Bool { type == "lagged" }

    /// Whether this is the `setup` of a fork, which is the event beside it.
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

    /// The agent's object, with the host's name in front.
    ///
    /// A name that the agent itself gives is replaced.
    func json(host: String) throws -> [UInt8] {
        let members = (raw.members ?? []).filter { $0.name != "host" }
        return try RawJSON(object: [(name: "host", value: RawJSON(encoding: host))] + members).oneLine
    }
}
