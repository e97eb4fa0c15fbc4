// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Shared

@testable import History

/// Entries and queries, short enough to be read in a test.
enum Samples {
    static func entry(
        _ type: EventType = .online, worker: Int? = nil, request: String? = nil, at time: Int64 = 1000,
        data: EventData = [:]
    ) -> HistoryEntry {
        let event = Event(
            time: Timestamp(milliseconds: time), type: type, workerId: worker.flatMap(WorkerID.init(rawValue:)),
            pid: worker.map { Int32($0 + 4000) }, requestId: request, data: data)
        return HistoryEntry(event: event, worker: event.workerId.map { self.worker($0.rawValue) })
    }

    static func worker(_ number: Int, _ change: (inout WorkerInfo) -> Void = { _ in }) -> WorkerInfo {
        var worker = WorkerInfo(
            id: WorkerID(rawValue: number)!, pid: Int32(number + 4000), exec: "/srv/app/server.js",
            args: ["--port", "0"],
            settingsRevision: 3, forkedAt: Timestamp(milliseconds: 1_000))
        change(&worker)
        return worker
    }

    /// Ten workers, each with all that one does; two requests; two seconds between two events.
    static func filledHistory() throws -> History {
        let history = try History.inMemory()
        var time: Int64 = 0
        for worker in 1...10 {
            let types: [EventType] = [.fork, .online, .listening, .disconnect, .exit]
            _ = try history.append(
                types.map { type in
                    time += 2000
                    return entry(type, worker: worker, request: type == .fork ? "r\(worker % 2)" : nil, at: time)
                })
        }
        return history
    }
}

extension URL {
    var historyPath: String { appending(path: "history.db").path }
}

extension History {
    /// Moves all that is in the log into the file.
    func emptyLog() throws {
        try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    }
}
