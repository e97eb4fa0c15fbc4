// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import History
import Shared
import TestSupport
import Testing

@testable import Agent

/// What the recorder does on a disk that is full, slow or dead.
@Suite(.timeLimit(.minutes(1)))
struct RecorderFaultTests {
    private func event(_ path: String, at time: Int64 = 9) -> Event {
        Event(time: Timestamp(milliseconds: time), type: .command, data: ["path": .string(path)])
    }

    @Test func `a gap tells how many events are missing, since when and why`() async throws {
        let store = ScriptedStore(.fail)
        let fixture = try RecorderFixture(store, limits: RecorderFixture.patient)
        fixture.happen(1, .fork)
        await fixture.recorder.settle(through: 1)
        for number in 1...11 {
            fixture.recorder.record(event("/\(number)", at: Int64(100 + number)))
            fixture.message(UInt64(number + 1), "\(number)")
            _ = await fixture.published(1)
        }
        store.answer(.store)
        try await fixture.finish()
        let gap = try #require(store.stored.first)
        #expect(gap.type == .gap)
        #expect(
            gap.data == [
                "lost": 4, "since": "1970-01-01T00:00:00.001Z", "until": "1970-01-01T00:00:00.103Z",
                "reason": "the disk is full",
            ])
        #expect(store.stored.filter { $0.type == .gap }.count == 1)
    }

    @Test func `without a loss there is no gap`() async throws {
        let store = ScriptedStore(.fail)
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .fork)
        var attempts = store.attempts.makeAsyncIterator()
        while let attempt = await attempts.next(), attempt < 3 {}
        store.answer(.store)
        try await fixture.finish()
        #expect(store.stored.map(\.type) == [.fork])
    }

    @Test func `a slow write is reported until it is over`() async throws {
        let store = ScriptedStore(.hang)
        let clock = ManualClock()
        let fixture = try RecorderFixture(store, clock: clock)
        fixture.happen(1, .fork)
        var attempts = store.attempts.makeAsyncIterator()
        _ = await attempts.next()
        #expect(fixture.recorder.trouble == nil)
        var sleeps = clock.sleeps.makeAsyncIterator()
        // Seen under way twice, it has taken so long at least.
        for _ in 0..<2 {
            while let time = await sleeps.next(), time != RecorderFixture.quick.slow {}
            clock.advance(by: RecorderFixture.quick.slow)
        }
        while fixture.recorder.trouble == nil { await Task.yield() }
        #expect(fixture.recorder.trouble?.contains("slow") == true)
        store.release()
        #expect(await fixture.published(1).map(\.seq) == [1])
        await fixture.recorder.settle(through: 1)
        while fixture.recorder.trouble != nil { await Task.yield() }
        #expect(fixture.recorder.lostEvents == 0)
        try await fixture.finish()
    }

    @Test func `a disk that never answers does not keep the agent from ending`() async throws {
        let store = ScriptedStore(.hang)
        var limits = RecorderFixture.quick
        limits.end = .milliseconds(1)
        let fixture = try RecorderFixture(store, limits: limits)
        fixture.happen(1, .fork)
        try await fixture.finish()
        #expect(store.stored.isEmpty)
        store.release()
    }

    @Test func `a failed write is repeated for a while at the end`() async throws {
        let store = ScriptedStore(.fail)
        var limits = RecorderFixture.patient
        limits.firstRetry = .milliseconds(1)
        limits.lastRetry = .milliseconds(1)
        limits.insist = .seconds(60)
        let fixture = try RecorderFixture(store, limits: limits)
        fixture.happen(1, .fork)
        await fixture.recorder.settle(through: 1)
        let recovery = Task {
            for await attempt in store.attempts where attempt == 20 { store.answer(.store) }
        }
        try await fixture.finish()
        recovery.cancel()
        #expect(store.stored.map(\.type) == [.fork])
        #expect(fixture.recorder.lostEvents == 0)
    }

    @Test func `events that waited for a locked file are stored later`() async throws {
        try await withTemporaryDirectory { directory in
            let missing = directory.appending(path: "later")
            let path = missing.appending(path: "history.sqlite").path
            let fixture = try RecorderFixture(History(path: path))
            fixture.happen(1, .fork)
            await fixture.recorder.settle(through: 1)
            #expect(fixture.recorder.trouble?.contains(path) == true)
            try FileManager.default.createDirectory(at: missing, withIntermediateDirectories: true)
            #expect(await fixture.published(1).map(\.seq) == [1])
            try await fixture.finish()
        }
    }
}
