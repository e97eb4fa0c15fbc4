// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared
import Testing

@testable import Agent

/// What watchers share of a batch's bytes.
struct EventFramesTests {
    private static let batch = EventBatch(
        (1...4).map { seq in
            Event(
                seq: Int64(seq), time: Timestamp(milliseconds: 0), type: seq % 2 == 0 ? .exit : .online,
                data: ["text": .string(String(repeating: "ä", count: seq))])
        })

    @Test(arguments: [EventStreamFormat.serverSentEvents, .jsonLines])
    func `a watcher of all events gets all in order`(format: EventStreamFormat) throws {
        let all = try #require(WatchedEvents(Self.batch) { _ in true })
        let expected = try Self.batch.events.flatMap { try format.bytes(of: $0) }
        #expect(all.events == Self.batch.events)
        #expect(try Array(all.bytes(format).readableBytesView) == expected)
    }

    @Test(arguments: [EventStreamFormat.serverSentEvents, .jsonLines])
    func `a watcher of some events gets those whole`(format: EventStreamFormat) throws {
        let some = try #require(WatchedEvents(Self.batch) { $0.type == .exit })
        let expected = try [1, 3].flatMap { try format.bytes(of: Self.batch.events[$0]) }
        #expect(some.events.map(\.seq) == [2, 4])
        #expect(try Array(some.bytes(format).readableBytesView) == expected)
    }

    @Test func `a watcher of no event is not woken`() {
        let nothing = WatchedEvents(Self.batch) { _ in false }
        #expect(nothing?.events == nil)
    }

    @Test func `several batches are one write`() throws {
        let one = try #require(WatchedEvents(Self.batch) { _ in true })
        let two = [one, one]
        let format = EventStreamFormat.jsonLines
        let once = try Array(two[0].bytes(format).readableBytesView)
        #expect(try Array(format.bytes(of: .events(two)).readableBytesView) == once + once)
        // What the watchers share is not changed by it.
        #expect(try Array(two[0].bytes(format).readableBytesView) == once)
    }
}
