// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import History
import Shared
import TestSupport
import Testing

@testable import Agent

/// The border between the history and what is live: without gap, without repeat.
@Suite(.timeLimit(.minutes(1)))
struct EventFeedTests {
    private let history: History
    private let broadcaster = EventBroadcaster()

    init() throws {
        history = try History.inMemory()
    }

    /// Stores and publishes, as the recorder does.
    private func happen(_ types: EventType..., worker: Int? = nil) throws {
        try Self.happen(types, worker: worker, in: history, on: broadcaster)
    }

    private static func happen(
        _ types: [EventType], worker: Int? = nil, in history: History, on broadcaster: EventBroadcaster
    ) throws {
        var events = types.map {
            Event(
                time: Timestamp(milliseconds: 0), type: $0, workerId: worker.flatMap(WorkerID.init(rawValue:)))
        }
        let seqs = try history.append(events.map { HistoryEntry(event: $0) })
        for (index, seq) in seqs.enumerated() { events[index].seq = seq }
        broadcaster.publish(events)
    }

    private func open(
        _ cursor: EventFeed.Cursor, _ filter: EventFeed.Filter = .init()
    ) async throws -> FeedReader {
        FeedReader(
            try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: cursor, filter: filter))
    }

    private func seqs(_ count: Int, of feed: inout FeedReader) async throws -> [Int64?] {
        var seqs: [Int64?] = []
        for _ in 0..<count {
            guard case .event(let event) = try await feed.next() else { break }
            seqs.append(event.seq)
        }
        return seqs
    }

    @Test func `the cursor latest begins with the next event`() async throws {
        try happen(.fork, .online)
        var feed = try await open(.latest)
        try happen(.listening)
        #expect(try await seqs(1, of: &feed) == [3])
    }

    @Test func `the cursor earliest begins with the oldest stored event`() async throws {
        try happen(.fork, .online)
        var feed = try await open(.earliest)
        try happen(.listening)
        #expect(try await seqs(3, of: &feed) == [1, 2, 3])
    }

    @Test func `a cursor resumes after the events that were seen`() async throws {
        try happen(.fork, .online, .listening)
        var feed = try await open(.after(2))
        try happen(.disconnect)
        #expect(try await seqs(2, of: &feed) == [3, 4])
    }

    @Test func `a cursor at the end waits for new events`() async throws {
        try happen(.fork)
        var feed = try await open(.after(1))
        try happen(.online)
        #expect(try await seqs(1, of: &feed) == [2])
    }

    @Test func `events that are published while the history is read come once`() async throws {
        try happen(.fork, .online)
        var feed = try await open(.earliest)
        #expect(try await seqs(1, of: &feed) == [1])
        try happen(.listening, .disconnect)
        #expect(try await seqs(3, of: &feed) == [2, 3, 4])
        try happen(.exit)
        #expect(try await seqs(1, of: &feed) == [5])
    }

    @Test func `a history of several pages comes whole`() async throws {
        try Self.happen(Array(repeating: .online, count: 1700), in: history, on: broadcaster)
        var feed = try await open(.after(100))
        try happen(.exit)
        #expect(try await seqs(1601, of: &feed) == Array(101...1701))
    }

    @Test func `filters apply to stored and to live events`() async throws {
        try happen(.fork, .exit, worker: 1)
        try happen(.fork, .exit, worker: 2)
        var ofType = try await open(.earliest, .init(types: [.exit]))
        var ofWorker = try await open(.earliest, .init(workerID: WorkerID(rawValue: 1)))
        try happen(.fork, .exit, worker: 1)
        try happen(.fork, .exit, worker: 2)
        #expect(try await seqs(4, of: &ofType) == [2, 4, 6, 8])
        #expect(try await seqs(4, of: &ofWorker) == [1, 2, 5, 6])
    }

    @Test func `messages are streamed in their place`() async throws {
        var feed = try await open(.latest, .init(types: [.exit], messages: true))
        let message = Event(time: Timestamp(milliseconds: 0), type: .message, data: ["message": 1])
        broadcaster.publish([message])
        try happen(.online, .exit)
        broadcaster.publish([message])
        #expect(try await seqs(3, of: &feed) == [nil, 2, nil])
    }

    @Test func `two watchers see the same across the border while events are appended`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.appending(path: "h").path)
            let broadcaster = EventBroadcaster()
            try Self.happen(Array(repeating: .online, count: 1000), in: history, on: broadcaster)
            let total = 3000
            let seen = try await withThrowingTaskGroup(of: [Int64]?.self) { group in
                for cursor in [EventFeed.Cursor.earliest, .after(400), .earliest] {
                    group.addTask {
                        var feed = FeedReader(
                            try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: cursor))
                        var seqs: [Int64] = []
                        while case .event(let event) = try await feed.next(), let seq = event.seq {
                            seqs.append(seq)
                            if seq == total { break }
                        }
                        return seqs
                    }
                }
                group.addTask {
                    for _ in 0..<200 {
                        try await history.perform {
                            try Self.happen(Array(repeating: .exit, count: 10), in: $0, on: broadcaster)
                        }
                    }
                    return nil
                }
                return try await group.reduce(into: [[Int64]]()) { if let seqs = $1 { $0.append(seqs) } }
            }
            #expect(seen.count == 3)
            for seqs in seen {
                #expect(seqs == Array((seqs.first == 401 ? 401 : 1)...Int64(total)))
            }
            try history.close()
        }
    }

    @Test func `a watcher that does not read is closed with lagged`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 2, bytes: .max))
        var feed = FeedReader(
            try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: .latest))
        try Self.happen([.fork, .online], in: history, on: broadcaster)
        try Self.happen([.exit], in: history, on: broadcaster)
        #expect(try await feed.next() == .lagged)
        #expect(try await feed.next() == nil)
        #expect(broadcaster.watchers == 0)
    }

    @Test func `a watcher that lags while it reads the history reads on from there`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 2, bytes: .max))
        try Self.happen([.fork, .online], in: history, on: broadcaster)
        var feed = FeedReader(
            try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: .earliest))
        for _ in 0..<5 { try Self.happen([.listening], in: history, on: broadcaster) }
        #expect(try await seqs(7, of: &feed) == Array(1...7))
        try Self.happen([.exit], in: history, on: broadcaster)
        #expect(try await seqs(1, of: &feed) == [8])
    }

    @Test func `a watcher that lost messages while it read the history is told so`() async throws {
        let broadcaster = EventBroadcaster(limit: .init(events: 2, messages: 1))
        try Self.happen([.fork], in: history, on: broadcaster)
        var feed = FeedReader(
            try await EventFeed.open(
                history: history, broadcaster: broadcaster, cursor: .earliest, filter: .init(messages: true)))
        let message = Event(time: Timestamp(milliseconds: 0), type: .message)
        for _ in 0..<3 { broadcaster.publish([message]) }
        #expect(try await seqs(3, of: &feed) == [1, nil, nil])
        #expect(broadcaster.lostMessages == 2)
    }

    @Test func `an expired cursor is refused and takes no place`() async throws {
        try happen(.fork)
        let error = try await #require(throws: ClusterError.self) { try await open(.after(2)) }
        #expect(error.status == .outOfRange)
        #expect(error.metadata["oldestSeq"] == "1")
        #expect(broadcaster.watchers == 0)
    }

    @Test(arguments: [EventFeed.Cursor.earliest, .after(0)])
    func `a cursor needs a history`(cursor: EventFeed.Cursor) async throws {
        let error = try await #require(throws: ClusterError.self) {
            try await EventFeed.open(history: .broken, broadcaster: broadcaster, cursor: cursor)
        }
        #expect(error.reason == .historyUnavailable)
    }

    @Test func `live events come even without a history`() async throws {
        var feed = FeedReader(try await EventFeed.open(history: .broken, broadcaster: broadcaster, cursor: .latest))
        broadcaster.publish([Event(time: Timestamp(milliseconds: 0), type: .exit)])
        #expect(try await seqs(1, of: &feed) == [nil])
    }

    @Test func `a heartbeat comes while nothing happens`() async throws {
        var feed = FeedReader(
            try await EventFeed.open(
                history: history, broadcaster: broadcaster, cursor: .latest, heartbeat: .milliseconds(1)))
        #expect(try await feed.next() == .idle)
        #expect(try await feed.next() == .idle)
    }

    @Test func `the broadcaster's end ends the feed`() async throws {
        var feed = try await open(.latest)
        broadcaster.finish()
        #expect(try await feed.next() == nil)
    }

    @Test func `a cancelled watcher ends`() async throws {
        let feed = try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: .latest)
        let watcher = Task {
            var count = 0
            for try await _ in feed { count += 1 }
            return count
        }
        watcher.cancel()
        #expect(try await watcher.value == 0)
        #expect(broadcaster.watchers == 0)
    }

    @Test func `a feed that is never read frees its place`() async throws {
        _ = try await EventFeed.open(
            history: history, broadcaster: broadcaster, cursor: .latest, heartbeat: .seconds(600))
        #expect(broadcaster.watchers == 0)
    }

    @Test func `a history that breaks while it is read is an error`() async throws {
        try happen(.fork)
        var feed = try await open(.earliest)
        try history.close()
        await #expect(throws: ClusterError.self) { try await feed.next() }
    }
}
