// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// An event as it is shown. Unlike `Event` it takes types that are not invented yet:
/// a newer agent must not make the history unreadable.
struct EventLine: Sendable {
    let raw: RawJSON
    let seq: Int64?
    /// RFC 3339 in UTC with milliseconds: as text it sorts like the time.
    let time: String
    let type: String
    let workerID: Int64?
    let data: RawJSON?

    init(_ raw: RawJSON) {
        self.raw = raw
        let members = raw.members ?? []
        func member(_ name: String) -> RawJSON? { members.last { $0.name == name }?.value }
        seq = member("seq")?.integer
        time = member("time")?.string ?? ""
        type = member("type")?.string ?? ""
        workerID = member("workerId")?.integer
        data = member("data")
    }

    /// Not an event but a word to the watcher: it fell behind, and the stream ends.
    var isLagged: Bool { type == "lagged" }

    /// The agent's object with the host's name put in front.
    func json(host: String) throws -> [UInt8] {
        let members = [(name: "host", value: try RawJSON(encoding: host))] + (raw.members ?? [])
        return try RawJSON(object: members).oneLine
    }
}
