// SPDX-License-Identifier: Apache-2.0

import Shared
import WorkerLogs

/// The use cases of what workers print: reading it, and following it.
struct LogOperations: Sendable {
    /// Nil: nothing is captured.
    let output: WorkerOutput?
    let watchers: LogWatchers
    let clock: any Clock<Duration>

    /// - Throws: `LOGS_OFF`, `LOGS_UNAVAILABLE`
    func page(_ query: LogQuery) async throws -> LogPage {
        try await Self.read(query, of: try store)
    }

    /// - Parameters:
    ///   - query: which lines are wanted; its `afterSeq` is where to begin, and nil means with the next line.
    ///   - tail: how many of the lines before that come first.
    ///   - heartbeat: something is sent at least this often, so that both ends notice a broken connection.
    /// - Throws: `LOGS_OFF`, `LOGS_UNAVAILABLE`, `TOO_MANY_WATCHERS`, `SHUTTING_DOWN`
    func watch(
        _ query: LogQuery, tail: Int?, for owner: WatcherOwner, heartbeat: Duration
    ) async throws -> LogFeed {
        let store = try store
        let watcher = try watchers.enter(owner)
        return try await LogFeed.open(
            query, tail: tail, store: store, watcher: watcher, heartbeat: heartbeat, clock: clock)
    }

    private var store: LogStore {
        get throws(ClusterError) {
            guard let output else {
                throw ClusterError(
                    .failedPrecondition, .logsOff,
                    "this agent does not capture what workers print; see --worker-logs")
            }
            return output.store
        }
    }

    /// - Throws: `LOGS_UNAVAILABLE`
    static func read(_ query: LogQuery, of store: LogStore) async throws(ClusterError) -> LogPage {
        do {
            return try await store.page(query)
        } catch {
            throw ClusterError(
                .unavailable, .logsUnavailable, "the workers' output cannot be read now: \(error)", cause: error)
        }
    }
}
