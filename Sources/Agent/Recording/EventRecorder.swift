// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import ServiceLifecycle
import Shared
import Synchronization

/// Stores events, then publishes them. So a client that has seen an event with a `seq` finds it in the history.
///
/// Producers put events into a bounded inbox and never wait. One writer takes everything in it, stores it in one
/// transaction and publishes it. If storing fails, entries wait for a retry. If too many wait, the oldest are given up:
/// they are published without a `seq` and counted. Messages that are not stored overtake waiting entries.
final class EventRecorder: Service {
    /// How much may wait, and for how long.
    struct Limits: Sendable {
        /// How many entries wait if the history does not work.
        var entries = 20_000
        var firstRetry: Duration = .milliseconds(100)
        var lastRetry: Duration = .seconds(10)
        /// How long messages that are stored wait for others.
        var pace = RecorderInbox.Pace(gathering: .milliseconds(20), rest: .milliseconds(100))
        var settle: Duration = .seconds(2)
        /// A write that is under way at two looks, so long apart, is logged.
        var slow: Duration = .seconds(2)
        /// How long failed writes are repeated at the end.
        var insist: Duration = .seconds(5)
        /// How long the end may take if the disk does not answer.
        var end: Duration = .seconds(10)
    }

    private let events: any AsyncSequence<PrimaryEvent, Never> & Sendable
    private let store: any EventStore
    private let broadcaster: EventBroadcaster
    private let limits: Limits
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let inbox: RecorderInbox
    private let line = SettleLine()
    private let places = SettleLine()
    private let health: RecorderHealth
    private let storesMessages: Bool
    private let note: UnstoredNote?
    let exits = ExitCounts()
    /// Called before an event counts as stored, with each fork, change of settings, exit and note of the supervisor.
    private let willRecord: @Sendable (PrimaryEvent) async -> Void

    /// - Parameter storesMessages: whether the messages of workers are part of the history.
    init(
        primary events: some AsyncSequence<PrimaryEvent, Never> & Sendable, store: any EventStore,
        broadcaster: EventBroadcaster, storesMessages: Bool = false, note: UnstoredNote? = nil,
        limits: Limits = Limits(),
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger,
        willRecord: @escaping @Sendable (PrimaryEvent) async -> Void = { _ in }
    ) {
        self.willRecord = willRecord
        self.events = events
        self.storesMessages = storesMessages
        self.note = note
        self.store = store
        self.broadcaster = broadcaster
        self.limits = limits
        self.clock = clock
        self.logger = logger
        inbox = RecorderInbox(capacity: limits.entries, pace: limits.pace, clock: clock)
        health = RecorderHealth()
    }

    /// Why the history does not work. Nil if it works.
    var trouble: String? {
        health.trouble ?? (inbox.isOverrun ? "the history takes too long; events are lost" : nil)
    }

    /// How many events are missing from the history.
    var lostEvents: Int { health.lost }

    /// How many messages no watcher got although one was there.
    var lostMessages: Int { health.lostMessages }

    /// How many events wait to be stored.
    var waitingEvents: Int { inbox.count + health.waiting }

    /// Records an event of the agent's own, without waiting. Nothing is recorded after the primary's stream has ended,
    /// so `agentStop` comes before the primary's `close()`.
    /// - Returns: its place among all that is recorded, for ``settle(place:)``. Nil if it is not recorded.
    @discardableResult
    func record(_ event: Event) -> UInt64? {
        let place = inbox.offer(RecorderItem(content: .stored(HistoryEntry(event: event))))
        if place == nil { logger.warning("event came after the end", metadata: ["type": "\(event.type.rawValue)"]) }
        return place
    }

    /// Returns when everything up to `place` is stored and published, or when that does not happen in time.
    func settle(place: UInt64) async {
        await inbox.hurrying { await places.wait(for: place, atMost: limits.settle, clock: clock) }
    }

    /// Returns when both are stored and published, or when that does not happen in time.
    /// - Parameter place: nil for nothing.
    func settle(through number: UInt64, place: UInt64?) async {
        async let events: Void = settle(through: number)
        if let place { await settle(place: place) }
        await events
    }

    /// Returns when the primary's event `number` is stored and published, or when that does not happen in time.
    func settle(through number: UInt64) async {
        await inbox.hurrying { await line.wait(for: number, atMost: limits.settle, clock: clock) }
    }

    /// Records what the last run could not store, before anything of this run.
    func recordGap(of left: UnstoredNote.Content) {
        record(left.event(at: .now))
    }

    /// Records until the primary's stream ends, stores the rest and returns. It does not wait for a disk that does not
    /// answer.
    func run() async throws {
        let end = SettleLine()
        // Not a child task: if the service is cancelled, earlier events are stored all the same.
        let writing = Task {
            var writer = EventWriter(
                inbox: inbox, store: store, broadcaster: broadcaster, line: line, places: places,
                health: health, note: note, limits: limits, clock: clock, logger: logger)
            await writer.run()
            end.advance(to: 1)
        }
        await consume(events)
        inbox.finish()
        await Task { await end.wait(for: 1, atMost: limits.end, clock: clock) }.value
        guard !end.hasReached(1) else { return }
        writing.cancel()
        logger.error("the history does not answer; the last events are lost")
    }

    private func consume(_ events: some AsyncSequence<PrimaryEvent, Never>) async {
        let crashes = CrashLog(logger: logger)
        for await event in events {
            let item = RecorderItem(event, storesMessages: storesMessages)
            exits.count(item)
            crashes.note(item)
            switch event.kind {
            case .setup, .fork, .noted, .exit: await willRecord(event)
            case .online, .listening, .message, .messagesLost, .leaving, .disconnect: break
            }
            inbox.offer(item)
        }
    }
}

/// How many workers have ended, by the reason that the history has.
final class ExitCounts: Sendable {
    private let counts = Mutex<[ExitReport.Reason: Int]>([:])

    var values: [ExitReport.Reason: Int] { counts.withLock { $0 } }

    /// Counts an item if it is an end.
    func count(_ item: RecorderItem) {
        guard case .stored(let entry) = item.content, entry.event.type == .exit, let exit = entry.worker?.exit
        else { return }
        counts.withLock { $0[exit.reason, default: 0] += 1 }
    }
}
