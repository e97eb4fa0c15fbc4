// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport

@testable import Fleet

/// Events and members, short enough to be read in a test.
enum Samples {
    static func event(_ seq: Int64, _ type: EventType = .online, at time: Timestamp? = nil) -> Event {
        Event(
            seq: seq, time: time ?? Timestamp(milliseconds: 1_750_000_000_000 + seq), type: type,
            workerId: WorkerID(rawValue: 1 + Int(seq % 5)), pid: 4000, data: .text(Array(#"{"n":\#(seq)}"#.utf8)))
    }

    static func worker(_ number: Int) -> WorkerInfo? {
        guard let id = WorkerID(rawValue: number) else { return nil }
        return WorkerInfo(
            id: id, pid: 4000, exec: "/srv/app/server.js", args: [], settingsRevision: 1,
            forkedAt: Timestamp(milliseconds: 1_750_000_000_000))
    }

    static func member(_ name: String, id: UUID = UUID(), host: String = "host1") -> FleetMember {
        FleetMember(
            id: id.uuidString.lowercased(), name: name, groups: ["eu"], endpoints: ["https://\(name):7420"],
            hostname: host, version: "1.0", startedAt: Timestamp(milliseconds: 1_750_000_000_123))
    }
}

/// A local history in memory.
actor MemoryHistory: LocalHistory {
    private(set) var events: [Event] = []
    private(set) var forwarded: Int64 = 0
    private var waiters: [(through: Int64, signal: AsyncStream<Void>.Continuation)] = []
    private var last: Int64 = 0
    private let uuid: UUID

    init(id: UUID = UUID()) {
        uuid = id
    }

    func id() -> String { uuid.uuidString.lowercased() }

    func append(_ count: Int, _ type: EventType = .online) {
        for _ in 0..<count {
            last += 1
            events.append(Samples.event(last, type, at: .now))
        }
    }

    func append(_ event: Event) {
        last += 1
        var event = event
        event.seq = last
        events.append(event)
    }

    func extent() -> LocalExtent {
        LocalExtent(last: last, floor: (events.first?.seq ?? last + 1) - 1)
    }

    func time(of seq: Int64) -> Timestamp? { events.first { $0.seq == seq }?.time }

    func batch(after seq: Int64, limit: Int) -> FleetBatch {
        let found = events.filter { ($0.seq ?? 0) > seq }.prefix(limit + 1)
        let workers = Set(found.compactMap { $0.workerId?.rawValue })
        return FleetBatch(
            events: Array(found.prefix(limit)), workers: workers.sorted().compactMap(Samples.worker),
            hasMore: found.count > limit)
    }

    func didForward(through seq: Int64) {
        forwarded = seq
        let done = waiters.filter { $0.through <= seq }
        waiters.removeAll { $0.through <= seq }
        for waiter in done { waiter.signal.finish() }
    }

    /// Waits until all up to `seq` is forwarded.
    func forwarded(through seq: Int64) async {
        guard forwarded < seq else { return }
        let (stream, signal) = AsyncStream.makeStream(of: Void.self)
        waiters.append((seq, signal))
        for await _ in stream {}
    }
}
