// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Synchronization
import TestSupport

@testable import Fleet

/// An agent's link to a fleet, with a history in memory.
final class LinkFixture: Sendable {
    let history: MemoryHistory
    let link: FleetLink
    /// What it reports.
    final class Report: Sendable {
        private let value = Mutex(FleetReport(desired: 2, ready: 1, phase: "degraded"))

        var current: FleetReport { value.withLock { $0 } }

        func set(_ report: FleetReport) { value.withLock { $0 = report } }
    }

    let report = Report()
    private let notices: AsyncStream<FleetNotice>
    private let running: Mutex<Task<Void, Never>?>

    init(
        _ url: String, _ name: String, id: UUID = UUID(), host: String = "host1", history: MemoryHistory? = nil,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) throws {
        let history = history ?? MemoryHistory(id: id)
        self.history = history
        let (notices, notice) = AsyncStream.makeStream(of: FleetNotice.self)
        self.notices = notices
        var options = FleetLink.Options()
        options.collection = .milliseconds(5)
        options.changeInterval = .milliseconds(1)
        options.reportInterval = .seconds(600)
        // The samples' times are long ago.
        options.maxAge = nil
        let link = FleetLink(
            try PostgresAddress(url: url), as: Samples.member(name, host: host), options: options, history: history,
            now: now, random: { 0 }, report: { [report] in report.current },
            notify: { notice.yield($0) })
        self.link = link
        running = Mutex(Task { await link.run() })
    }

    /// Runs `body` with a link that has signed off when it returns, or is given up when it throws.
    static func with<Result>(
        _ url: String, _ name: String, id: UUID = UUID(), host: String = "host1", history: MemoryHistory? = nil,
        _ body: (LinkFixture) async throws -> Result
    ) async throws -> Result {
        let fixture = try LinkFixture(url, name, id: id, host: host, history: history)
        do {
            let result = try await body(fixture)
            await fixture.finish()
            return result
        } catch {
            fixture.link.abandon()
            throw error
        }
    }

    /// Appends events, and waits until they are in the central history.
    func forward(_ count: Int, _ type: EventType = .online) async {
        await history.append(count, type)
        link.wake()
        await history.forwarded(through: await history.extent().last)
    }

    /// Waits for the next notice that `isWanted` takes.
    func notice(_ isWanted: (FleetNotice) -> Bool) async -> FleetNotice? {
        for await notice in notices where isWanted(notice) { return notice }
        return nil
    }

    func connected() async {
        _ = await notice { if case .connected = $0 { true } else { false } }
    }

    func trouble() async -> PostgresError? {
        let notice = await notice { if case .disconnected = $0 { true } else { false } }
        guard case .disconnected(let error)? = notice else { return nil }
        return error
    }

    func finish() async {
        let task = running.withLock { $0 }
        await link.finish()
        await task?.value
    }
}
