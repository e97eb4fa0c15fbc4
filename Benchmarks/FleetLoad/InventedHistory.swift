// SPDX-License-Identifier: Apache-2.0

import Fleet
import Foundation
import Shared

/// A local history in which events happen at a steady rate. It stores none: an event's seq says when it happened and what it is.
actor InventedHistory: LocalHistory {
    private let uuid = UUID().uuidString.lowercased()
    private let start: Timestamp
    private let eventsPerSecond: Double
    /// How many happen in all.
    let count: Int64
    private var forwarded: Int64 = 0

    init(start: Timestamp, eventsPerSecond: Double, seconds: Int) {
        self.start = start
        self.eventsPerSecond = eventsPerSecond
        count = Int64(eventsPerSecond * Double(seconds))
    }

    func id() -> String { uuid }

    func extent() -> LocalExtent { LocalExtent(last: happened, floor: 0) }

    func time(of seq: Int64) -> Timestamp? { event(seq).time }

    func batch(after seq: Int64, limit: Int) -> FleetBatch {
        let last = min(happened, seq + Int64(limit))
        let events = seq < last ? (seq + 1...last).map(event) : []
        let workers = Set(events.compactMap(\.workerId)).sorted().map { id in
            WorkerInfo(id: id, pid: 4000, exec: "/srv/app/server.js", args: [], settingsRevision: 1, forkedAt: start)
        }
        return FleetBatch(events: events, workers: workers, hasMore: last < happened)
    }

    func didForward(through seq: Int64) { forwarded = seq }

    /// Whether all events have happened and are forwarded.
    var isDone: Bool { forwarded == count }

    private var happened: Int64 {
        let passed = Double(max(0, Timestamp.now.milliseconds - start.milliseconds)) / 1000
        return min(count, Int64(passed * eventsPerSecond))
    }

    private static let types: [EventType] = [.fork, .online, .listening, .message, .message, .message, .exit, .restart]

    private func event(_ seq: Int64) -> Event {
        Event(
            seq: seq, time: Timestamp(milliseconds: start.milliseconds + Int64(Double(seq) / eventsPerSecond * 1000)),
            type: Self.types[Int(seq) % Self.types.count], workerId: WorkerID(rawValue: 1 + Int(seq / 100)), pid: 4000,
            data: .text(Array(#"{"message":{"orders":\#(seq),"region":"eu-central-1","state":"paid in full"}}"#.utf8)))
    }
}
