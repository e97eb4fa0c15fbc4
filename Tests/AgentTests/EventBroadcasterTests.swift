// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization
import Testing

@testable import Agent

struct EventBroadcasterTests {
    private func event(_ seq: Int64?, _ type: EventType = .online, _ data: EventData = [:]) -> Event {
        Event(seq: seq, time: Timestamp(milliseconds: 0), type: type, data: data)
    }

    private func seqs(_ delivery: Subscription.Delivery?) -> [Int64?]? {
        guard case .batches(let batches) = delivery else { return nil }
        return batches.flatMap(\.events).map(\.seq)
    }

    private func isLagged(_ delivery: Subscription.Delivery?) -> Bool {
        if case .lagged = delivery { true } else { false }
    }

    private func isEnd(_ delivery: Subscription.Delivery?) -> Bool {
        if case nil = delivery { true } else { false }
    }

    @Test func `a watcher gets events that are published after it subscribed`() async throws {
        let broadcaster = EventBroadcaster()
        broadcaster.publish([event(1)])
        let subscription = try broadcaster.subscribe(messages: false)
        broadcaster.publish([event(2), event(3)])
        broadcaster.publish([event(4)])
        #expect(seqs(await subscription.next()) == [2, 3, 4])
    }

    @Test func `a waiting watcher is woken`() async throws {
        let broadcaster = EventBroadcaster()
        let subscription = try broadcaster.subscribe(messages: false)
        async let delivery = subscription.next()
        await Task.yield()
        broadcaster.publish([event(1)])
        #expect(seqs(await delivery) == [1])
    }

    @Test func `only watchers that ask for messages get them`() async throws {
        let broadcaster = EventBroadcaster()
        let with = try broadcaster.subscribe(messages: true)
        let without = try broadcaster.subscribe(messages: false)
        broadcaster.publish([event(nil, .message)])
        broadcaster.publish([event(1), event(nil, .message), event(2)])
        #expect(seqs(await with.next()) == [nil, 1, nil, 2])
        #expect(seqs(await without.next()) == [1, 2])
    }

    @Test func `a watcher with too many events lags`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 3, bytes: .max))
        let subscription = try broadcaster.subscribe(messages: false)
        broadcaster.publish([event(1), event(2)])
        broadcaster.publish([event(3)])
        broadcaster.publish([event(4)])
        #expect(isLagged(await subscription.next()))
    }

    @Test func `a watcher at its limit does not lag`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 3, bytes: .max))
        let subscription = try broadcaster.subscribe(messages: false)
        broadcaster.publish([event(1), event(2)])
        broadcaster.publish([event(3)])
        #expect(seqs(await subscription.next()) == [1, 2, 3])
        broadcaster.publish([event(4), event(5), event(6)])
        #expect(seqs(await subscription.next()) == [4, 5, 6])
    }

    @Test func `a watcher with too many bytes lags`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 100, bytes: 5000))
        let subscription = try broadcaster.subscribe(messages: true)
        let long = event(1, .online, ["text": .string(String(repeating: "x", count: 3000))])
        broadcaster.publish([long])
        broadcaster.publish([long])
        #expect(isLagged(await subscription.next()))
    }

    private func lostMessages(_ delivery: Subscription.Delivery?) -> [Int?]? {
        guard case .batches(let batches) = delivery else { return nil }
        return batches.flatMap(\.events).map(\.lostMessages)
    }

    @Test func `messages without room become a gap that is counted`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 3, messageBytes: 5000))
        let slow = try broadcaster.subscribe(messages: true)
        let long = Event(
            time: Timestamp(milliseconds: 0), type: .message,
            data: .text(Array(#"{"message":"\#(String(repeating: "x", count: 3000))"}"#.utf8)))
        broadcaster.publish([event(1), long])
        for _ in 0..<2 { broadcaster.publish([long]) }
        broadcaster.publish([event(2)])
        broadcaster.publish([long])
        let delivery = await slow.next()
        #expect(seqs(delivery) == [1, nil, nil, 2, nil])
        #expect(lostMessages(delivery) == [nil, nil, 2, nil, 1])
        #expect(broadcaster.lostMessages == 3)
        // The queue is empty again.
        broadcaster.publish([long])
        #expect(lostMessages(await slow.next()) == [nil])
    }

    @Test func `a message of any size finds room if none waits`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(messageBytes: 10))
        let subscription = try broadcaster.subscribe(messages: true)
        broadcaster.publish([event(nil, .message, ["message": "more than ten bytes"])])
        #expect(lostMessages(await subscription.next()) == [nil])
    }

    @Test func `a watcher that lags learns of its lost messages first`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 1))
        let subscription = try broadcaster.subscribe(messages: true)
        broadcaster.publish([event(1), event(nil, .message)])
        broadcaster.publish([event(2)])
        broadcaster.publish([event(nil, .message)])
        #expect(lostMessages(await subscription.next()) == [2])
        #expect(isLagged(await subscription.next()))
        #expect(broadcaster.lostMessages == 2)
    }

    @Test func `a gap that finds no room counts all messages that it stands for`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(messages: 1))
        let subscription = try broadcaster.subscribe(messages: true)
        broadcaster.publish([event(nil, .message)])
        let time = Timestamp(milliseconds: 0)
        broadcaster.publish([RecorderGap(lost: 7, since: time, until: time, "too many").messagesEvent(of: nil)])
        #expect(lostMessages(await subscription.next()) == [nil, 7])
    }

    @Test func `nobody keeps all others out`() async throws {
        let broadcaster = EventBroadcaster(maxWatchers: 3)
        let (hog, other) = (WatcherOwner(principal: "token:hog"), WatcherOwner(principal: "token:other"))
        let hogs = try (0..<3).map { _ in try broadcaster.subscribe(messages: true, for: hog) }
        #expect(throws: ClusterError.self) { try broadcaster.subscribe(messages: false, for: hog) }
        let newcomer = try broadcaster.subscribe(messages: false, for: other)
        #expect(isEnd(await hogs[2].next()), "the newest has to go")
        #expect(broadcaster.watchers == 3)
        // With as many as the one who has most, nobody has to go.
        #expect(throws: ClusterError.self) { try broadcaster.subscribe(messages: false, for: other) }
        broadcaster.publish([event(1)])
        for watcher in [hogs[0], hogs[1], newcomer] { #expect(seqs(await watcher.next()) == [1]) }
        for watcher in hogs + [newcomer] { watcher.end() }
        #expect(broadcaster.watchers == 0)
    }

    @Test func `a slow watcher does not stop another one`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 2, bytes: .max))
        let slow = try broadcaster.subscribe(messages: false)
        let quick = try broadcaster.subscribe(messages: false)
        for seq in 1...100 {
            broadcaster.publish([event(Int64(seq))])
            #expect(seqs(await quick.next()) == [Int64(seq)])
        }
        #expect(isLagged(await slow.next()))
    }

    @Test func `one watcher more than allowed is refused`() throws {
        let broadcaster = EventBroadcaster(maxWatchers: 2)
        let watchers = try [broadcaster.subscribe(messages: false), broadcaster.subscribe(messages: true)]
        let error = try #require(throws: ClusterError.self) { try broadcaster.subscribe(messages: false) }
        #expect(error.status == .resourceExhausted)
        #expect(error.reason == .tooManyWatchers)
        withExtendedLifetime(watchers) {}
    }

    @Test func `a watcher that is dropped frees its place`() throws {
        let broadcaster = EventBroadcaster(maxWatchers: 1)
        _ = try broadcaster.subscribe(messages: false)
        #expect(broadcaster.watchers == 0)
        _ = try broadcaster.subscribe(messages: false)
    }

    @Test func `a cancelled reader ends and frees its place`() async throws {
        let broadcaster = EventBroadcaster(maxWatchers: 1)
        let subscription = try broadcaster.subscribe(messages: false)
        let reader = Task { await subscription.next() }
        reader.cancel()
        #expect(isEnd(await reader.value))
        #expect(broadcaster.watchers == 0)
    }

    @Test func `finish ends waiting readers and refuses new ones`() async throws {
        let broadcaster = EventBroadcaster()
        let subscription = try broadcaster.subscribe(messages: false)
        async let delivery = subscription.next()
        await Task.yield()
        broadcaster.finish()
        #expect(isEnd(await delivery))
        let error = try #require(throws: ClusterError.self) { try broadcaster.subscribe(messages: false) }
        #expect(error.reason == .shuttingDown)
    }

    @Test func `messages are wanted from the first watcher to the last`() async throws {
        let broadcaster = EventBroadcaster()
        var demands = broadcaster.demands.makeAsyncIterator()
        let silent = try broadcaster.subscribe(messages: false)
        let first = try broadcaster.subscribe(messages: true)
        #expect(await demands.next() == .init(isWanted: true, number: 1))
        let second = try broadcaster.subscribe(messages: true)
        first.end()
        second.end()
        #expect(await demands.next() == .init(isWanted: false, number: 2))
        silent.end()
        broadcaster.finish()
        #expect(await demands.next() == nil)
    }

    /// The demand of a watcher that has gone may be on its way to the primary when the next one comes.
    @Test func `a watcher of messages begins when the primary knows of it`() async throws {
        let broadcaster = EventBroadcaster()
        var demands = broadcaster.demands.makeAsyncIterator()
        try broadcaster.subscribe(messages: true).end()
        let late = try #require(await demands.next())
        #expect(late == .init(isWanted: false, number: 2))
        let watcher = try broadcaster.subscribe(messages: true)
        let steps = Mutex<[String]>([])
        let start = Task {
            await broadcaster.settleDemand(clock: ManualClock())
            steps.withLock { $0.append("begun") }
        }
        broadcaster.didPassOn(late)
        await Task.yield()
        let next = try #require(await demands.next())
        #expect(next == .init(isWanted: true, number: 3))
        steps.withLock { $0.append("told") }
        broadcaster.didPassOn(next)
        await start.value
        let order = steps.withLock { $0 }
        #expect(order == ["told", "begun"])
        watcher.end()
    }

    @Test func `ending twice frees only one place`() throws {
        let broadcaster = EventBroadcaster()
        let first = try broadcaster.subscribe(messages: true)
        let second = try broadcaster.subscribe(messages: true)
        first.end()
        first.end()
        #expect(broadcaster.watchers == 1)
        withExtendedLifetime(second) {}
    }
}
