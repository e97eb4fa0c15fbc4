// SPDX-License-Identifier: Apache-2.0

@testable import Cluster
import Foundation
import History
import Logging
import Shared
import TestSupport
import Testing

@testable import Agent

// How long a caller waits for what it has caused to be stored.
extension EventRecorderTests {
    @Test func `settle returns when the event is stored and published`() async throws {
        let store = ScriptedStore(.hang)
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .online)
        var attempts = store.attempts.makeAsyncIterator()
        _ = await attempts.next()
        async let settled: Void = fixture.recorder.settle(through: 1)
        store.release()
        await settled
        #expect(store.stored.count == 1)
        #expect(await fixture.published(1).map(\.seq) == [1])
        try await fixture.finish()
    }

    @Test func `settle does not wait for a history that fails`() async throws {
        let store = ScriptedStore(.fail)
        let fixture = try RecorderFixture(store, limits: RecorderFixture.patient)
        fixture.happen(1, .online)
        await fixture.recorder.settle(through: 1)
        #expect(fixture.recorder.trouble?.contains("the disk is full") == true)
        #expect(fixture.recorder.waitingEvents == 1)
        await fixture.recorder.settle(through: 99)
        try await fixture.finish()
    }

    @Test func `settle gives up after its time`() async throws {
        let store = ScriptedStore(.hang)
        var limits = RecorderFixture.quick
        limits.settle = .milliseconds(1)
        let fixture = try RecorderFixture(store, limits: limits)
        fixture.happen(1, .online)
        await fixture.recorder.settle(through: 1)
        store.release()
        try await fixture.finish()
    }

    @Test func `settle ends when its task is cancelled`() async throws {
        let fixture = try RecorderFixture(ScriptedStore())
        let settling = Task { await fixture.recorder.settle(through: 1) }
        settling.cancel()
        await settling.value
        try await fixture.finish()
    }

    @Test func `settle does not wait for a recorder that has ended`() async throws {
        let fixture = try RecorderFixture(ScriptedStore())
        try await fixture.finish()
        await fixture.recorder.settle(through: 1)
    }
}
