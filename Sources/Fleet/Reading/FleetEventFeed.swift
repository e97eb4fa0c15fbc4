// SPDX-License-Identifier: Apache-2.0

package import Shared

/// What one watcher of the fleet is sent: events after a cursor, then more as they are written, without gap or repeat.
///
/// It asks the database once a second. `NOTIFY` would be quicker, but PostgreSQL lets only one transaction at a time commit
/// with it, and each agent writes several times a second.
package struct FleetEventFeed: AsyncSequence, Sendable {
    package enum Element: Sendable {
        /// At least one event, each with the cursor behind it.
        case events([FleetEvent])
        /// Only where it stands: at the start, and when no wanted event came for the heartbeat's time.
        case place(FleetCursor)
    }

    /// Which events the watcher wants.
    package struct Filter: Hashable, Sendable {
        /// Empty: every type.
        package var types: Set<EventType> = []
        /// Empty: all agents.
        package var agents: Set<String> = []
        /// Agents that are in at least one of these groups now. Empty: all agents.
        package var groups: Set<String> = []

        package init() {}

        /// The groups stand in the registry, so the database looks at them.

        func wants(_ item: FleetEvent) -> Bool {
            (types.isEmpty || types.contains(item.event.type)) && (agents.isEmpty || agents.contains(item.agent))
        }
    }

    private let reader: FleetReader
    private let cursor: FleetCursor
    private let filter: Filter
    private let heartbeat: Duration
    private let ending: EndingFlag
    /// The time between two questions.
    private let interval: Duration

    /// The most events of one question.
    private static let limit = 1000

    package init(
        reader: FleetReader, after cursor: FleetCursor, filter: Filter, heartbeat: Duration,
        interval: Duration = .seconds(1)
    ) {
        self.reader = reader
        self.cursor = cursor
        self.filter = filter
        self.heartbeat = heartbeat
        self.interval = interval
        ending = EndingFlag()
    }

    /// Ends it for its reader, wherever that is, within the time between two questions.
    package func end() { ending.set() }

    package func makeAsyncIterator() -> Iterator {
        Iterator(feed: self, cursor: cursor)
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let feed: FleetEventFeed
        fileprivate var cursor: FleetCursor
        /// Nil: nothing was sent yet.
        fileprivate var lastSent: ContinuousClock.Instant?
        fileprivate var hasMore = true

        /// Nil when somebody has ended the feed.
        /// - Throws: `SEQ_EXPIRED`. If the database cannot be read for a while, the feed waits.
        package mutating func next() async throws -> FleetEventFeed.Element? {
            while !Task.isCancelled, !feed.ending.isSet {
                if !hasMore { try await Task.sleep(for: feed.interval) }
                do throws(ClusterError) {
                    let page = try await feed.reader.watched(
                        after: cursor, groups: feed.filter.groups, limit: FleetEventFeed.limit)
                    (cursor, hasMore) = (page.cursor, page.hasMore)
                    let wanted = page.events.filter(feed.filter.wants)
                    if !wanted.isEmpty {
                        lastSent = .now
                        return .events(wanted)
                    }
                } catch {
                    guard error.reason == .fleetUnavailable else { throw error }
                    hasMore = false
                }
                // Without a place, whoever reconnects before the first event would miss what came meanwhile.
                if lastSent.map({ .now - $0 >= feed.heartbeat }) ?? true {
                    lastSent = .now
                    return .place(cursor)
                }
            }
            return nil
        }
    }
}
