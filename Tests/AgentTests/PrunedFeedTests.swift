// SPDX-License-Identifier: Apache-2.0

import Foundation
import History
import Shared
import TestSupport
import Testing

@testable import Agent

/// Watchers while the history is pruned.
@Suite(.timeLimit(.minutes(1)))
struct PrunedFeedTests {
    private static func retention(_ count: Int) -> HistoryRetention {
        var retention = HistoryRetention()
        retention.maxEvents = count
        return retention
    }

    private static func fill(_ history: History, _ count: Int) async throws {
        let entry = HistoryEntry(event: Event(time: .now, type: .online))
        _ = try await history.store(Array(repeating: entry, count: count))
    }

    private static func prune(_ history: History, keeping count: Int) async throws {
        while try await !history.prune(retention(count)).isLast {}
    }

    @Test func `events that were removed before they were read are an error, not a skip`() async throws {
        let history = try History.inMemory()
        try await Self.fill(history, 3000)
        let broadcaster = EventBroadcaster()
        var feed = FeedReader(
            try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: .earliest))
        guard case .event(let first) = try await feed.next() else {
            Issue.record("no event")
            return
        }
        try await Self.prune(history, keeping: 100)
        var last = try #require(first.seq)
        while case .event(let event) = try await feed.next(), let seq = event.seq {
            #expect(seq == last + 1)
            last = seq
        }
        // It ended with `lagged`, and a watcher that resumes learns the oldest seq.
        let resumeAfter = last
        let error = await #expect(throws: ClusterError.self) {
            try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: .after(resumeAfter))
        }
        #expect(error?.reason == .seqExpired)
        #expect(error?.metadata["oldestSeq"] == "2901")
    }

    @Test func `a watcher ahead of the pruning misses nothing`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.appending(path: "h").path)
            try await Self.fill(history, 5000)
            let broadcaster = EventBroadcaster()
            var feed = FeedReader(
                try await EventFeed.open(history: history, broadcaster: broadcaster, cursor: .after(3000)))
            let pruning = Task { try await Self.prune(history, keeping: 2000) }
            var seqs: [Int64] = []
            while seqs.last != 5000, case .event(let event) = try await feed.next(), let seq = event.seq {
                seqs.append(seq)
            }
            #expect(seqs == Array(3001...5000))
            try await pruning.value
            try history.close()
        }
    }
}
