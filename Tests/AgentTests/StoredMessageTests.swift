// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Shared
import Testing

@testable import Agent

/// `history.messages`: what workers send is part of the history.
@Suite(.timeLimit(.minutes(1)))
struct StoredMessageTests {
    @Test func `a message has its place in the history`() async throws {
        let history = try History.inMemory()
        let fixture = try RecorderFixture(history, storesMessages: true)
        fixture.happen(1, .online)
        fixture.message(2, #"{"a": [1, null]}"#, handle: "net.Socket")
        fixture.happen(3, .disconnect)
        let published = await fixture.published(3)
        #expect(published.map(\.type) == [.online, .message, .disconnect])
        #expect(published.map(\.seq) == [1, 2, 3])
        #expect(try history.events(EventQuery()) == published)
        try await fixture.finish()
    }

    @Test(arguments: [
        #"{"b":"\ud800","a":1e400}"#, String(repeating: "[", count: 999) + String(repeating: "]", count: 999),
    ])
    func `a stored message keeps its words`(json: String) async throws {
        let history = try History.inMemory()
        let fixture = try RecorderFixture(history, storesMessages: true)
        fixture.message(1, json)
        let event = try #require(await fixture.published(1).first)
        let line = String(decoding: try event.json(), as: UTF8.self)
        #expect(line.hasPrefix(#"{"data":{"message":\#(json)},"#))
        let stored = try history.events(EventQuery()).map { try $0.json() }
        #expect(stored == [Array(line.utf8)])
        try await fixture.finish()
    }

    @Test func `a message that nests deeper than SQLite reads is stored as a string`() async throws {
        let history = try History.inMemory()
        let fixture = try RecorderFixture(history, storesMessages: true)
        let json = String(repeating: #"[{"]":"#, count: 600) + "0" + String(repeating: "}]", count: 600)
        fixture.message(1, json, handle: "net.Socket")
        let published = await fixture.published(1)
        #expect(published.map(\.seq) == [1] && fixture.recorder.trouble == nil)
        #expect(published.first?.data == ["handle": "net.Socket", "messageText": .string(json)])
        #expect(try history.events(EventQuery()) == published)
        try await fixture.finish()
    }

    @Test(arguments: [true, false])
    func `a gap stands in place of a message that is too large`(isStored: Bool) async throws {
        let fixture = try RecorderFixture(try History.inMemory(), storesMessages: isStored)
        fixture.message(1, #""\#(String(repeating: "x", count: EventData.maxBytes))""#)
        fixture.message(2, "1")
        let published = await fixture.published(2)
        #expect(published.map(\.type) == [.gap, .message])
        #expect(published.first?.data["lostMessages"] == 1)
        #expect(published.first?.data["reason"] == "a message takes more than 32 MiB as JSON")
        try await fixture.finish()
    }

    @Test(arguments: [
        (EventFeed.Filter(), [EventType.fork, .online, .exit]),
        (EventFeed.Filter(messages: true), [.fork, .message, .online, .message, .exit]),
        (EventFeed.Filter(types: [.online, .exit]), [.online, .exit]),
        (EventFeed.Filter(types: [.online, .exit], messages: true), [.message, .online, .message, .exit]),
        (EventFeed.Filter(types: [.message, .exit]), [.exit]),
    ])
    func `a watcher sees stored messages only on demand`(filter: EventFeed.Filter, expected: [EventType]) async throws {
        let history = try History.inMemory()
        let types: [EventType] = [.fork, .message, .online, .message, .exit]
        _ = try history.append(types.map { HistoryEntry(event: Event(time: Timestamp(milliseconds: 1), type: $0)) })
        var feed = FeedReader(
            try await EventFeed.open(
                history: history, broadcaster: EventBroadcaster(), cursor: .earliest, filter: filter))
        var seen: [EventType] = []
        while seen.last != .exit, case .event(let event) = try await feed.next() { seen.append(event.type) }
        #expect(seen == expected)
    }
}
