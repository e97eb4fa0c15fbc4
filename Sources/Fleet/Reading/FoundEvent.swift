// SPDX-License-Identifier: Apache-2.0

import Shared

/// An event of the central history, as a row has it. Whoever may write to the database may have written anything.
struct FoundEvent {
    let agentName: String
    /// The agent's number.
    let agent: Int64
    let event: Event
    /// About what it takes in memory.
    let bytes: Int
    /// Those before it have filled the page. It comes without its data.
    let isBeyondPage: Bool

    /// - Parameter row: goes on with `FleetEventSelection.columns`.
    init(_ row: inout PostgresRow) throws(PostgresError) {
        agentName = try PostgresRow.some(row.text())
        agent = try PostgresRow.some(row.integer())
        let time = try PostgresRow.some(row.time())
        let seq: Int64 = try PostgresRow.some(row.integer())
        let name = try PostgresRow.some(row.text())
        let worker: Int? = try row.integer()
        let pid: Int32? = try row.integer()
        let request = try row.text()
        isBeyondPage = try PostgresRow.some(row.bool())
        let data = try row.bytes()
        bytes = 256 + (data?.count ?? 0)
        let problem: String
        if let type = EventType(rawValue: name) {
            if let data = data.flatMap(StoredJSON.object) {
                event = Event(
                    seq: seq, time: time, type: type, workerId: worker.flatMap(WorkerID.init(rawValue:)), pid: pid,
                    requestId: request, data: .text(data))
                return
            }
            problem = data == nil ? "event \(seq) has too much data" : "the data of event \(seq) is no JSON object"
        } else {
            // A newer agent may have written it.
            problem = "this agent knows no events of type \(name.prefix(100)); upgrade it"
        }
        event = Event(seq: seq, time: time, type: .gap, data: ["lost": 1, "reason": .string(problem)])
    }
}

/// JSON that PostgreSQL has checked.
enum StoredJSON {
    /// The same object in one line, with nothing before and behind it. Nil if it is none, or has no members.
    static func object(_ json: [UInt8]) -> [UInt8]? {
        // Outside of strings these are white space, and inside them PostgreSQL takes none of them.
        var line = json[...]
        if line.contains(where: { $0 < 0x20 }) { line = line.map { $0 < 0x20 ? 0x20 : $0 }[...] }
        line = line.drop { $0 == 0x20 }
        while line.last == 0x20 { line.removeLast() }
        guard line.first == UInt8(ascii: "{"), line.last == UInt8(ascii: "}") else { return nil }
        return Array(line)
    }
}
