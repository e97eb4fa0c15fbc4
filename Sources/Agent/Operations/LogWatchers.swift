// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// Those who follow what workers print.
final class LogWatchers: Sendable {
    private struct Entry {
        // Only the feed holds its watcher, so that one that is dropped anywhere frees its place.
        weak var watcher: LogWatcher?
    }

    private struct State {
        var places: WatcherPlaces
        var entries: [Int: Entry] = [:]
        var isFinished = false
    }

    private let state: Mutex<State>

    init(limit: Int) {
        state = Mutex(State(places: WatcherPlaces(limit: limit)))
    }

    /// How many follow.
    var count: Int { state.withLock { $0.entries.count } }

    /// Who follows, in no order.
    var present: [PresentWatcher] { state.withLock { $0.places.present } }

    /// - Throws: `TOO_MANY_WATCHERS`, `SHUTTING_DOWN`
    func enter(_ owner: WatcherOwner) throws(ClusterError) -> LogWatcher {
        let (watcher, displaced) = try state.withLock { state throws(ClusterError) in
            guard !state.isFinished else {
                throw ClusterError(.unavailable, .shuttingDown, "the agent is shutting down; try again later")
            }
            let (key, other) = try state.places.take(for: owner)
            let displaced = other.flatMap { state.entries.removeValue(forKey: $0)?.watcher }
            let watcher = LogWatcher { [weak self] in self?.leave(key) }
            state.entries[key] = Entry(watcher: watcher)
            return (watcher, displaced)
        }
        displaced?.end()
        return watcher
    }

    /// Ends all, and lets nobody in any more.
    func finish() {
        let all = state.withLock { state in
            state.isFinished = true
            return state.entries.values.compactMap(\.watcher)
        }
        for watcher in all { watcher.end() }
    }

    private func leave(_ key: Int) {
        state.withLock { state in
            state.places.leave(key)
            state.entries[key] = nil
        }
    }
}

/// What wakes one follower.
final class LogWatcher: Sendable {
    /// Yields whenever there may be something to do. Ends with the watcher.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let isDue = Atomic(false)
    private let onEnd: @Sendable () -> Void

    init(onEnd: @escaping @Sendable () -> Void) {
        self.onEnd = onEnd
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    deinit { onEnd() }

    /// There may be more lines.
    func wake() { signal.yield() }

    /// A heartbeat is due.
    func beat() {
        isDue.store(true, ordering: .relaxed)
        signal.yield()
    }

    /// Whether a heartbeat is due; not any more afterwards.
    func takeBeat() -> Bool { isDue.exchange(false, ordering: .relaxed) }

    func end() { signal.finish() }
}
