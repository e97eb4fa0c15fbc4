// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@testable import Fleet

/// The rules of forwarding.
struct ForwarderTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    private func batch(_ seqs: ClosedRange<Int64>, hasMore: Bool = false) -> FleetBatch {
        FleetBatch(events: seqs.map { Samples.event($0) }, hasMore: hasMore)
    }

    @Test func `what is new is read and written until nothing waits`() {
        var forwarder = ForwarderStateMachine()
        #expect(forwarder.didConnect(cursor: 10) ~= .measure)
        #expect(forwarder.didMeasure(LocalExtent(last: 12, floor: 0), now: now) ~= .read(after: 10, limit: 1000))
        #expect(forwarder.waiting == 2)
        #expect(forwarder.didRead(batch(11...12)) ~= .write(batch(11...12), from: 10, through: 12))
        #expect(forwarder.didWrite() ~= .rest)
        #expect(forwarder.cursor == 12 && forwarder.waiting == 0 && forwarder.waitingSince == nil)
        #expect(forwarder.didWake() ~= .measure)
        #expect(forwarder.didMeasure(LocalExtent(last: 12, floor: 0), now: now) ~= .rest)
    }

    @Test func `a full batch is followed by the next one at once`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 0)
        _ = forwarder.didMeasure(LocalExtent(last: 5, floor: 0), now: now)
        #expect(forwarder.didRead(batch(1...3, hasMore: true)) ~= .write(batch(1...3), from: 0, through: 3))
        #expect(forwarder.didWrite() ~= .measure)
        #expect(forwarder.waiting == 2)
    }

    @Test func `seqs that were never stored are passed over`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 3)
        _ = forwarder.didMeasure(LocalExtent(last: 9, floor: 0), now: now)
        #expect(forwarder.didRead(batch(4...5)) ~= .write(batch(4...5), from: 3, through: 9))
    }

    @Test func `events that were removed too early leave a gap`() throws {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 3)
        let action = forwarder.didMeasure(LocalExtent(last: 20, floor: 9), now: now)
        guard case .write(let batch, 3, 9) = action else {
            Issue.record("\(action)")
            return
        }
        let gap = try #require(batch.events.first)
        #expect(gap.seq == 4 && gap.type == .gap && gap.data["lost"] == 6)
        #expect(forwarder.didWrite() ~= .measure)
        let next = forwarder.didMeasure(LocalExtent(last: 20, floor: 9), now: now)
        #expect(next ~= .read(after: 9, limit: 1000))
    }

    @Test func `what is removed does not wait any more`() {
        var forwarder = ForwarderStateMachine(cursor: 3)
        _ = forwarder.didMeasure(LocalExtent(last: 20, floor: 9), now: now)
        #expect(forwarder.waiting == 11)
        _ = forwarder.didMeasure(LocalExtent(last: 20, floor: 20), now: now)
        #expect(forwarder.waiting == 0 && forwarder.waitingSince == nil)
    }

    @Test func `messages that were removed too early leave one gap and no event is passed over`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 3)
        let extent = LocalExtent(last: 20, floor: 0, messageFloor: 8)
        guard case .write(let batch, 3, 3) = forwarder.didMeasure(extent, now: now) else {
            Issue.record("no gap")
            return
        }
        #expect(batch.events.first?.type == .gap)
        #expect(forwarder.didWrite() ~= .measure)
        #expect(forwarder.didMeasure(extent, now: now) ~= .read(after: 3, limit: 1000))
    }

    @Test func `one refused event becomes a gap and the others are stored`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 0)
        _ = forwarder.didMeasure(LocalExtent(last: 4, floor: 0), now: now)
        _ = forwarder.didRead(batch(1...4))
        #expect(forwarder.didRefuse(because: "no") ~= .read(after: 0, limit: 2))
        _ = forwarder.didRead(batch(1...2, hasMore: true))
        #expect(forwarder.didRefuse(because: "no") ~= .read(after: 0, limit: 1))
        _ = forwarder.didRead(batch(1...1, hasMore: true))
        guard case .write(let gap, 0, 1)? = forwarder.didRefuse(because: "no") else {
            Issue.record("no gap")
            return
        }
        #expect(gap.events.first?.seq == 1 && gap.events.first?.type == .gap)
        // A database that refuses the gap too refuses everything: that is no fault of an event.
        #expect(forwarder.didRefuse(because: "no") == nil)
        #expect(forwarder.didWrite() ~= .measure)
    }

    @Test func `a history that was restored from an older copy is forwarded again`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 100)
        let action = forwarder.didMeasure(LocalExtent(last: 50, floor: 7), now: now)
        #expect(action ~= .write(FleetBatch(hasMore: true), from: 100, through: 7))
        #expect(forwarder.didWrite() ~= .measure)
        #expect(forwarder.cursor == 7)
    }

    @Test func `a restored history that has grown since is forwarded again`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 100, isRestored: true)
        let extent = LocalExtent(last: 140, floor: 7)
        #expect(forwarder.didMeasure(extent, now: now) ~= .write(FleetBatch(hasMore: true), from: 100, through: 7))
        #expect(forwarder.didWrite() ~= .measure)
        #expect(forwarder.didMeasure(extent, now: now) ~= .read(after: 7, limit: 1000))
    }

    @Test func `what is removed between the measuring and the reading leaves a gap`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 3)
        _ = forwarder.didMeasure(LocalExtent(last: 20, floor: 3), now: now)
        var late = batch(10...20)
        late.extent = LocalExtent(last: 20, floor: 9)
        #expect(forwarder.didRead(late) ~= .measure)
        guard case .write(let gap, 3, 9) = forwarder.didMeasure(LocalExtent(last: 20, floor: 9), now: now) else {
            Issue.record("no gap")
            return
        }
        #expect(gap.events.first?.data["lost"] == 6)
    }

    @Test func `messages removed between the measuring and the reading leave one gap`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 3)
        _ = forwarder.didMeasure(LocalExtent(last: 20, floor: 3), now: now)
        let extent = LocalExtent(last: 20, floor: 3, messageFloor: 8)
        var late = batch(4...20)
        late.extent = extent
        #expect(forwarder.didRead(late) ~= .measure)
        guard case .write(_, 3, 3) = forwarder.didMeasure(extent, now: now) else {
            Issue.record("no gap")
            return
        }
        _ = forwarder.didWrite()
        _ = forwarder.didMeasure(extent, now: now)
        #expect(forwarder.didRead(late) ~= .write(batch(4...20), from: 3, through: 20))
    }

    @Test func `what was removed before the agent came is no gap`() {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 0)
        let extent = LocalExtent(last: 20, floor: 9, messageFloor: 12)
        #expect(forwarder.didMeasure(extent, now: now) ~= .write(FleetBatch(), from: 0, through: 9))
        _ = forwarder.didWrite()
        #expect(forwarder.didMeasure(extent, now: now) ~= .read(after: 9, limit: 1000))
        #expect(forwarder.gaps == 0)
    }

    @Test func `no number in the database is too odd`() {
        for odd in [Int64.min, -1, .max] {
            var forwarder = ForwarderStateMachine()
            _ = forwarder.didConnect(cursor: odd)
            guard case .write(_, _, 9) = forwarder.didMeasure(LocalExtent(last: 20, floor: 9), now: now) else {
                Issue.record("\(odd)")
                continue
            }
            #expect(forwarder.waiting >= 0)
        }
    }

    @Test func `a count that no history reaches is not told`() throws {
        var forwarder = ForwarderStateMachine()
        _ = forwarder.didConnect(cursor: 3)
        let start: Int64 = 1_800_000_000_000_000
        let action = forwarder.didMeasure(LocalExtent(last: start + 5, floor: start), now: now)
        guard case .write(let batch, 3, start) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(try #require(batch.events.first).data["lost"] == .null)
    }

    @Test func `nothing is done without a connection`() {
        var forwarder = ForwarderStateMachine(cursor: 5)
        #expect(forwarder.didWake() ~= .rest)
        #expect(forwarder.didMeasure(LocalExtent(last: 9, floor: 0), now: now) ~= .rest)
        #expect(forwarder.waiting == 4 && forwarder.waitingSince == now)
        _ = forwarder.didConnect(cursor: 5)
        forwarder.didDisconnect()
        #expect(forwarder.didRead(batch(6...9)) ~= .rest)
        #expect(forwarder.didWrite() ~= .rest && forwarder.cursor == 5)
    }

    /// Whatever fails and whenever: each event is stored once, in order, and the machine comes to rest.
    @Test(arguments: 0..<200) func `no event is lost or doubled over random failures`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var forwarder = ForwarderStateMachine()
        var (stored, cursor, last) = ([Int64](), Int64(0), Int64(0))
        var action = ForwarderStateMachine.Action.rest
        for step in 0..<2000 {
            if step < 1000, Bool.random(using: &random) { last += Int64.random(in: 0...5, using: &random) }
            if step < 1000, Int.random(in: 0..<10, using: &random) == 0 {
                forwarder.didDisconnect()
                action = forwarder.didConnect(cursor: cursor)
            }
            switch action {
            case .rest: action = step == 0 ? forwarder.didConnect(cursor: 0) : forwarder.didWake()
            case .measure: action = forwarder.didMeasure(LocalExtent(last: last, floor: 0), now: now)
            case .read(let after, let limit):
                let end = min(last, after + Int64(min(limit, 7)))
                action = forwarder.didRead(
                    FleetBatch(
                        events: after < end ? (after + 1...end).map { Samples.event($0) } : [], hasMore: end < last))
            case .write(let batch, let from, let through):
                #expect(from == cursor)
                stored += batch.events.compactMap(\.seq)
                cursor = through
                // The answer may be lost with the connection.
                if step < 1000, Bool.random(using: &random) {
                    forwarder.didDisconnect()
                    action = forwarder.didConnect(cursor: cursor)
                } else {
                    action = forwarder.didWrite()
                }
            }
        }
        #expect(stored == Array(1...max(1, last)) || last == 0)
        #expect(forwarder.waiting == 0)
    }
}

extension ForwarderStateMachine.Action {
    /// Compares the events by their seqs.
    static func ~= (left: Self?, right: Self) -> Bool {
        switch (left, right) {
        case (.measure, .measure), (.rest, .rest): true
        case (.read(let after, let limit), .read(let other, let otherLimit)): after == other && limit == otherLimit
        case (.write(let batch, let from, let through), .write(let other, let otherFrom, let otherThrough)):
            batch.events.map(\.seq) == other.events.map(\.seq) && from == otherFrom && through == otherThrough
        default: false
        }
    }
}
