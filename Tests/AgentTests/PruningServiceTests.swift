// SPDX-License-Identifier: Apache-2.0

import History
import Shared
import Testing

@testable import Agent

/// The history is kept within its limits for as long as the agent runs.
@Suite(.timeLimit(.minutes(1)))
struct PruningServiceTests {
    private func store(_ count: Int, in history: History) async throws {
        let event = HistoryEntry(event: Event(time: .now, type: .online))
        _ = try await history.store(Array(repeating: event, count: count))
    }

    @Test func `it prunes at once and again after its interval`() async throws {
        let history = try History.inMemory()
        let clock = ManualClock()
        var retention = HistoryRetention()
        retention.maxEvents = 10
        try await store(5000, in: history)
        let service = PruningService(history: history, retention: retention, clock: clock, logger: .silent)
        let running = Task { try await service.run() }
        var sleeps = clock.sleeps.makeAsyncIterator()
        #expect(await sleeps.next() == service.interval)
        #expect(try history.seqBounds == 4991...5000)
        try await store(3000, in: history)
        clock.advance(by: service.interval)
        _ = await sleeps.next()
        #expect(try history.seqBounds == 7991...8000)
        running.cancel()
        try await running.value
    }

    @Test func `a history that fails is tried again`() async throws {
        let history = try History.inMemory()
        try history.close()
        let clock = ManualClock()
        let service = PruningService(history: history, retention: HistoryRetention(), clock: clock, logger: .silent)
        let running = Task { try await service.run() }
        var sleeps = clock.sleeps.makeAsyncIterator()
        for _ in 1...3 {
            #expect(await sleeps.next() == service.interval)
            clock.advance(by: service.interval)
        }
        running.cancel()
        try await running.value
    }
}
