// SPDX-License-Identifier: Apache-2.0

import Shared
import WorkerLogs

/// What one follower is sent: stored lines after a place, then more as they are stored, without gap or repeat. To be read once.
///
/// It reads the files, page by page, as fast as its client takes them. So a slow client costs no memory and no lines, unless
/// segments are removed before it has read them; then it is told.
struct LogFeed: AsyncSequence, Sendable {
    enum Element: Sendable {
        /// At least one line.
        case lines(LogPage)
        /// Lines may be missing here: they were removed before they were read.
        case gap
        /// Nothing came for the heartbeat's time.
        case idle
    }

    fileprivate let query: LogQuery
    fileprivate let store: LogStore
    fileprivate let watcher: LogWatcher
    fileprivate let start: Int64
    fileprivate let tasks: Tasks

    /// Held so that they run as long as somebody holds the feed.
    final class Tasks: Sendable {
        private let tasks: [Task<Void, Never>]

        init(_ tasks: [Task<Void, Never>]) {
            self.tasks = tasks
        }

        deinit { for task in tasks { task.cancel() } }
    }

    /// The most lines that one read takes.
    private static let pageSize = 1000

    static func open(
        _ query: LogQuery, tail: Int?, store: LogStore, watcher: LogWatcher, heartbeat: Duration,
        clock: any Clock<Duration>
    ) async throws(ClusterError) -> LogFeed {
        var query = query
        query.limit = pageSize
        let changes = store.changes()
        let tasks = Tasks([
            Task { [weak watcher] in
                for await _ in changes { watcher?.wake() }
                watcher?.end()
            },
            Task { [weak watcher] in
                while (try? await clock.sleep(for: heartbeat)) != nil, let watcher { watcher.beat() }
            },
        ])
        var start = query.afterSeq ?? (query.since != nil ? 0 : store.lastSeq)
        if let tail { start = try await Self.start(ofLast: tail, of: query, store) }
        return LogFeed(query: query, store: store, watcher: watcher, start: start, tasks: tasks)
    }

    /// The place before the last lines that fit.
    private static func start(
        ofLast count: Int, of query: LogQuery, _ store: LogStore
    ) async throws(ClusterError) -> Int64 {
        var query = query
        query.order = .descending
        var start = store.lastSeq
        query.beforeSeq = start + 1
        var left = count
        while left > 0 {
            query.limit = left
            let page = try await LogOperations.read(query, of: store)
            left -= page.count
            if let first = page.seqs.last { start = first - 1 }
            guard let next = page.next else { break }
            query.beforeSeq = next
        }
        return start
    }

    /// Ends it for its reader, wherever that is.
    func end() { watcher.end() }

    func makeAsyncIterator() -> Iterator { Iterator(self) }

    struct Iterator: AsyncIteratorProtocol {
        private let feed: LogFeed
        private var query: LogQuery
        private var signals: AsyncStream<Void>.Iterator
        /// All lines up to this place have been checked.
        private var place: Int64
        private var page: LogPage?
        private var isFirst = true

        fileprivate init(_ feed: LogFeed) {
            self.feed = feed
            query = feed.query
            query.order = .ascending
            query.beforeSeq = nil
            place = feed.start
            signals = feed.watcher.signals.makeAsyncIterator()
        }

        /// Nil when the agent shuts down, or somebody has ended the feed.
        /// - Throws: `LOGS_UNAVAILABLE`
        mutating func next() async throws -> LogFeed.Element? {
            if let page {
                self.page = nil
                return .lines(page)
            }
            while !Task.isCancelled {
                if !isFirst, place >= feed.store.lastSeq {
                    // What was read before the last signal is read again; nothing is missed.
                    guard await signals.next() != nil else { return nil }
                    if place >= feed.store.lastSeq {
                        if feed.watcher.takeBeat() { return .idle }
                        continue
                    }
                }
                isFirst = false
                query.afterSeq = place
                let page = try await LogOperations.read(query, of: feed.store)
                place = page.next ?? Swift.max(place, page.readThrough)
                if page.hasGap {
                    if page.count > 0 { self.page = page }
                    return .gap
                }
                if page.count > 0 { return .lines(page) }
                if feed.watcher.takeBeat() { return .idle }
            }
            return nil
        }
    }
}
