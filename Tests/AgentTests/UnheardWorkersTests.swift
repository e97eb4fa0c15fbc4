// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Agent
@testable import Cluster

@Suite(.timeLimit(.minutes(1)))
struct UnheardWorkersTests {
    private let clock = ManualClock()
    private let findings: AsyncStream<UnheardWorkers.Finding>
    private let end: AsyncStream<UnheardWorkers.Finding>.Continuation
    private let workers: UnheardWorkers

    init() {
        let (findings, end) = AsyncStream.makeStream(of: UnheardWorkers.Finding.self)
        (self.findings, self.end) = (findings, end)
        workers = UnheardWorkers(clock: clock) { end.yield($0) }
    }

    private func note(_ kinds: PrimaryEvent.Kind...) async {
        for kind in kinds {
            await workers.note(PrimaryEvent(number: 1, time: .now, worker: nil, requestID: nil, kind: kind))
        }
    }

    private func sleeping() async {
        _ = await clock.sleeps.first { _ in true }
    }

    private func all() async -> [UnheardWorkers.Finding] {
        end.finish()
        return await findings.reduce(into: []) { $0.append($1) }
    }

    @Test func `workers that do not listen in time are named once`() async {
        await note(.online, .online)
        await sleeping()
        clock.advance(by: UnheardWorkers.patience)
        #expect(await findings.first { _ in true } == .notListening)
        await workers.noteUnreadMessage()
        #expect(await all().isEmpty)
    }

    @Test func `messages that nobody reads are named once`() async {
        await workers.noteUnreadMessage()
        await workers.noteUnreadMessage()
        #expect(await all() == [.unreadMessages])
    }
}
