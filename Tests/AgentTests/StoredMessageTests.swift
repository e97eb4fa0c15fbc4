// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Shared
import Testing

@testable import Agent

/// `history.messages`: what workers send is part of the history.
@Suite(.timeLimit(.minutes(1)))
struct StoredMessageTests {
    @Test func aMessageHasItsPlaceInTheHistory() async throws {
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
        (EventFeed.Filter(), [EventType.fork, .online, .exit]),
        (EventFeed.Filter(messages: true), [.fork, .message, .online, .message, .exit]),
        (EventFeed.Filter(types: [.online, .exit]), [.online, .exit]),
        (EventFeed.Filter(types: [.online, .exit], messages: true), [.message, .online, .message, .exit]),
        (EventFeed.Filter(types: [.message, .exit]), [.exit]),
    ])
    func whoDoesNotAskForMessagesSeesNoneOfTheStored(filter: EventFeed.Filter, expected: [EventType]) async throws {
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
