// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@testable import History

/// Pruning waits for events that are still to be forwarded.
@Suite(.timeLimit(.minutes(1)))
struct HoldTests {
    private static let now = Timestamp(milliseconds: 100_000_000)

    private func history(_ count: Int) throws -> History {
        let history = try History.inMemory()
        _ = try history.append((0..<count).map { _ in Samples.entry(at: 1) })
        return history
    }

    private func prune(_ history: History, _ retention: HistoryRetention, _ hold: HistoryHold?) async throws {
        while try await !history.prune(retention, hold: hold, now: Self.now).isLast {}
    }

    @Test func `old events stay until they are forwarded`() async throws {
        let history = try history(100)
        var retention = HistoryRetention()
        retention.maxAge = .seconds(1)
        try await prune(history, retention, HistoryHold(through: 0, maxBytes: 1 << 30))
        #expect(try history.seqBounds == 1...100)
        try await prune(history, retention, HistoryHold(through: 40, maxBytes: 1 << 30))
        #expect(try history.seqBounds == 41...100)
        try await prune(history, retention, nil)
        #expect(try history.seqBounds == nil)
    }

    @Test func `surplus events stay until they are forwarded`() async throws {
        let history = try history(100)
        var retention = HistoryRetention()
        (retention.maxAge, retention.maxEvents) = (nil, 10)
        try await prune(history, retention, HistoryHold(through: 30, maxBytes: 1 << 30))
        #expect(try history.seqBounds == 31...100)
    }

    @Test func `messages stay until they are forwarded`() async throws {
        let history = try History.inMemory()
        _ = try history.append((0..<50).flatMap { _ in [Samples.entry(.message, at: 1), Samples.entry(at: 1)] })
        var retention = HistoryRetention()
        (retention.maxAge, retention.maxEvents, retention.messages) = (nil, 60, true)
        try await prune(history, retention, HistoryHold(through: 20, maxBytes: 1 << 30))
        let messages = try history.events(EventQuery(types: [.message], limit: 100))
        #expect(messages.first?.seq == 21 && messages.count == 40)
    }

    @Test func `if too much waits the oldest goes all the same and no more than that`() async throws {
        let history = try history(20_000)
        var retention = HistoryRetention()
        retention.maxAge = .seconds(1)
        let hold = HistoryHold(through: 0, maxBytes: 500_000)
        try await prune(history, retention, hold)
        let bounds = try #require(try history.seqBounds)
        #expect(bounds.lowerBound > 5000 && bounds.lowerBound < 19_000, "\(bounds)")
    }

    @Test func `the next run knows what was forwarded`() async throws {
        let history = try history(10)
        #expect(try history.forwardedThrough == 0)
        try await prune(history, HistoryRetention(), HistoryHold(through: 7, maxBytes: 1))
        #expect(try history.forwardedThrough == 7)
    }
}
