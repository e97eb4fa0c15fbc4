// SPDX-License-Identifier: Apache-2.0

import History
import Metrics

/// Counts and times the calls of another store.
struct MeteredEventStore: EventStore {
    private let store: any EventStore
    private let events: Counter
    private let commits: Timer
    private let onStored: @Sendable () -> Void

    /// - Parameter onStored: called after each commit; must not wait.
    init(_ store: any EventStore, registry: MetricRegistry, onStored: @escaping @Sendable () -> Void = {}) {
        self.store = store
        self.onStored = onStored
        events = Counter(label: AgentMetric.historyEvents.rawValue, factory: registry)
        commits = Timer(label: AgentMetric.historyCommits.rawValue, factory: registry)
    }

    func store(_ entries: [HistoryEntry]) async throws -> [Int64] {
        let start = ContinuousClock.now
        let seqs = try await store.store(entries)
        commits.record(duration: start.duration(to: .now))
        events.increment(by: seqs.count)
        onStored()
        return seqs
    }
}
