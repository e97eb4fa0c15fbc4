// SPDX-License-Identifier: Apache-2.0

import History
import Shared
import Synchronization
import Testing

@testable import Agent

/// The order of events, and what does not fit.
struct RecorderInboxTests {
    private func item(at milliseconds: Int64, _ type: EventType = .online) -> RecorderItem {
        RecorderItem(
            content: .stored(HistoryEntry(event: Event(time: Timestamp(milliseconds: milliseconds), type: type))))
    }

    private func message(at milliseconds: Int64) -> RecorderItem {
        RecorderItem(content: .streamed(Event(time: Timestamp(milliseconds: milliseconds), type: .message)))
    }

    @Test func `times follow the order of the events`() {
        let inbox = RecorderInbox(capacity: 10) { Timestamp(milliseconds: 200) }
        // A command is recorded by another thread than what it causes, and may come first.
        for time in [100, 103, 101, 102, 105] { inbox.offer(item(at: Int64(time))) }
        #expect(inbox.take().items.compactMap(\.event?.time.milliseconds) == [100, 103, 103, 103, 105])
    }

    @Test func `times follow a clock that is set back`() {
        let now = Mutex<Int64>(1000)
        let inbox = RecorderInbox(capacity: 10) { Timestamp(milliseconds: now.withLock { $0 }) }
        inbox.offer(item(at: 1000))
        now.withLock { $0 = 500 }
        for time in [499, 490, 500] { inbox.offer(item(at: Int64(time))) }
        #expect(inbox.take().items.compactMap(\.event?.time.milliseconds) == [1000, 500, 500, 500])
    }

    @Test func `places count the offered items`() {
        let inbox = RecorderInbox(capacity: 10)
        let places = [inbox.offer(item(at: 1)), inbox.offer(message(at: 1)), inbox.offer(item(at: 1))]
        #expect(places == [1, 2, 3])
        inbox.finish()
        #expect(inbox.offer(item(at: 1)) == nil)
    }

    @Test func `messages leave room for events to store`() throws {
        let inbox = RecorderInbox(capacity: 10)
        for time in 1...100 { inbox.offer(message(at: Int64(time))) }
        for time in 101...104 { inbox.offer(item(at: Int64(time))) }
        let taken = inbox.take()
        #expect(taken.gap == nil && taken.messageGap == nil)
        #expect(
            taken.items.map(\.event?.type) == [.message, .message, .message, .message, .message, .gap]
                + Array(repeating: .online, count: 4))
        let gap = try #require(taken.items[5].event)
        #expect(gap.isOfMessages && gap.seq == nil)
        #expect(gap.data["lostMessages"] == 95 && gap.data["since"] == "1970-01-01T00:00:00.006Z")
        #expect(gap.time == Timestamp(milliseconds: 100) && taken.items[5].place == 100)
    }

    @Test func `displaced messages are counted`() {
        let inbox = RecorderInbox(capacity: 8)
        for time in 1...4 { inbox.offer(message(at: Int64(time))) }
        for time in 5...12 { inbox.offer(item(at: Int64(time))) }
        let taken = inbox.take()
        #expect(taken.gap == nil && taken.messageGap?.lost == 4)
        #expect(taken.items.count == 8)
    }

    private func largeMessage(isStored: Bool) -> RecorderItem {
        let text = Array(#"{"message":"\#(String(repeating: "x", count: 15 << 20))"}"#.utf8)
        let event = Event(time: Timestamp(milliseconds: 1), type: .message, data: .text(text))
        return RecorderItem(content: isStored ? .stored(HistoryEntry(event: event)) : .streamed(event))
    }

    @Test func `large messages are bounded in bytes`() throws {
        let inbox = RecorderInbox(capacity: 1000)
        let message = largeMessage(isStored: false)
        for _ in 0..<20 { inbox.offer(message) }
        inbox.offer(item(at: 2))
        let taken = inbox.take()
        #expect(taken.items.count == 4 + 1 + 1 && taken.gap == nil)
        #expect(taken.items[4].event?.lostMessages == 16)
        inbox.offer(message)
        #expect(inbox.take().items.first?.event?.type == .message, "there is room again")
    }

    @Test func `large messages that should be stored leave a gap`() throws {
        let inbox = RecorderInbox(capacity: 1000)
        let message = largeMessage(isStored: true)
        for _ in 0..<20 { inbox.offer(message) }
        inbox.offer(item(at: 2))
        let taken = inbox.take()
        #expect(taken.items.count == 5 && taken.gap?.lost == 16)
    }

    // MARK: Gathering

    private static let pace = RecorderInbox.Pace(gathering: .milliseconds(20), rest: .milliseconds(100))

    private func storedMessage() -> RecorderItem { item(at: 1, .message) }

    /// What the writer takes when it is woken.
    private func taken(_ inbox: RecorderInbox) async -> [EventType?] {
        for await _ in inbox.wakeups { break }
        return inbox.take().items.map(\.event?.type)
    }

    @Test func `a message to store waits for others`() async throws {
        let clock = ManualClock()
        let inbox = RecorderInbox(capacity: 1000, pace: Self.pace, clock: clock)
        var sleeps = clock.sleeps.makeAsyncIterator()
        for _ in 0..<3 { inbox.offer(storedMessage()) }
        #expect(await sleeps.next() == Self.pace.gathering)
        inbox.offer(storedMessage())
        clock.advance(by: Self.pace.gathering)
        #expect(await taken(inbox) == Array(repeating: .message, count: 4))
        #expect(await sleeps.next() == Self.pace.rest)
        // The next ones wait for the end of the rest.
        for _ in 0..<2 { inbox.offer(storedMessage()) }
        clock.advance(by: Self.pace.rest)
        #expect(await taken(inbox) == [.message, .message])
        #expect(await sleeps.next() == Self.pace.rest)
        clock.advance(by: Self.pace.rest)
        // After a silence, the first one waits a moment again.
        while inbox.isResting { await Task.yield() }
        inbox.offer(storedMessage())
        #expect(await sleeps.next() == Self.pace.gathering)
        clock.advance(by: Self.pace.gathering)
        #expect(await taken(inbox) == [.message])
    }

    @Test func `anything else takes the waiting messages with it at once`() async throws {
        let inbox = RecorderInbox(capacity: 1000, pace: Self.pace, clock: ManualClock())
        inbox.offer(storedMessage())
        inbox.offer(item(at: 2))
        #expect(await taken(inbox) == [.message, .online])
        inbox.offer(message(at: 3))
        #expect(await taken(inbox) == [.message], "a message that is not stored costs no transaction")
    }

    @Test func `enough messages do not wait`() async throws {
        let inbox = RecorderInbox(capacity: 1000, pace: Self.pace, clock: ManualClock())
        for _ in 0..<100 { inbox.offer(storedMessage()) }
        #expect(await taken(inbox).count == 100)
    }

    @Test func `nothing waits while somebody wants it`() async throws {
        let inbox = RecorderInbox(capacity: 1000, pace: Self.pace, clock: ManualClock())
        inbox.offer(storedMessage())
        await inbox.hurrying {
            #expect(await taken(inbox) == [.message])
            inbox.offer(storedMessage())
            #expect(await taken(inbox) == [.message])
        }
    }
}
