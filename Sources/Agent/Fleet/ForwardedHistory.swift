// SPDX-License-Identifier: Apache-2.0

import Fleet
import History
import Shared
import Synchronization

/// The agent's history, as the forwarder reads it.
final class ForwardedHistory: LocalHistory {
    private let history: History
    private let maxBytes: Int64
    private let through: Mutex<Int64>

    /// - Parameter maxBytes: how much may wait.
    init(_ history: History, maxBytes: Int64) {
        self.history = history
        self.maxBytes = maxBytes
        // What was forwarded by an earlier run. If that is not known, all of it waits.
        through = Mutex((try? history.forwardedThrough) ?? 0)
    }

    /// What pruning must leave for the forwarder.
    var hold: HistoryHold { HistoryHold(through: forwarded, maxBytes: maxBytes) }

    var forwarded: Int64 { through.withLock { $0 } }

    func id() async throws -> String {
        try await history.perform { try $0.agentID }
    }

    func extent() async throws -> LocalExtent {
        try await history.perform { try $0.extent }
    }

    func time(of seq: Int64) async throws -> Timestamp? {
        guard seq > 0 else { return nil }
        return try await history.perform { history in
            let event = try history.page(EventQuery(afterSeq: seq - 1, limit: 1)).events.first
            return event?.seq == seq ? event?.time : nil
        }
    }

    func batch(after seq: Int64, limit: Int) async throws -> FleetBatch {
        try await history.perform { history in
            let page = try history.page(EventQuery(afterSeq: seq, limit: limit))
            let ids = Set(page.events.compactMap(\.workerId))
            let workers = try ids.sorted().compactMap { try history.worker($0) }
            return FleetBatch(
                events: page.events, workers: workers, hasMore: page.hasMore, extent: try history.extent)
        }
    }

    func didForward(through seq: Int64) {
        through.withLock { $0 = seq }
    }
}

extension History {
    fileprivate var extent: LocalExtent {
        get throws {
            // The end comes first: what is removed meanwhile shows as a floor, and never as a floor beyond the end.
            let last = try lastSeq
            return LocalExtent(last: last, floor: min(last, try oldestCursor), messageFloor: try messageFloor)
        }
    }
}
