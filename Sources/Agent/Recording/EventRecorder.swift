// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import ServiceLifecycle
import Shared
import Synchronization

/// Stores what happens, then publishes it: whoever sees an event with a `seq` finds it in the history for ever.
///
/// Producers put events into a bounded inbox and never wait. One writer takes all that has come, stores it in one
/// transaction and publishes it. While storing fails, entries wait for a retry, and the oldest are given up
/// when too many wait: they are published without a `seq` and counted. Messages, which are never stored, overtake
/// them meanwhile.
final class EventRecorder: Service {
    /// How much may wait, and for how long.
    struct Limits: Sendable {
        /// Entries that wait for a history that does not work.
        var entries = 20_000
        var firstRetry: Duration = .milliseconds(100)
        var lastRetry: Duration = .seconds(10)
        var settle: Duration = .seconds(2)
        /// A write that takes longer is worth a word.
        var slow: Duration = .seconds(2)
        /// How long failed writes are repeated at the end.
        var insist: Duration = .seconds(5)
        /// How long the end may take on a disk that does not answer.
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
    /// Does what must be done before an event counts as stored: of a fork, of settings, and of what a supervisor did.
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
        inbox = RecorderInbox(capacity: limits.entries)
        health = RecorderHealth()
    }

    /// Why the history is not usable; nil while it is.
    var trouble: String? {
        health.trouble ?? (inbox.isOverrun ? "the history takes too long; events are lost" : nil)
    }

    /// How many events are not in the history that should be.
    var lostEvents: Int { health.lost }

    /// How many messages no watcher was shown that should have been.
    var lostMessages: Int { health.lostMessages }

    /// How many events wait to be stored.
    var waitingEvents: Int { inbox.count + health.waiting }

    /// Records an event of the agent's own. It never waits. What comes after the primary's stream has ended
    /// is not recorded, so `agentStop` belongs before the primary's `close()`.
    /// - Returns: where it stands among all that is recorded, for ``settle(place:)``; nil where it is not.
    @discardableResult
    func record(_ event: Event) -> UInt64? {
        let place = inbox.offer(RecorderItem(content: .stored(HistoryEntry(event: event))))
        if place == nil { logger.warning("event came after the end", metadata: ["type": "\(event.type.rawValue)"]) }
        return place
    }

    /// Returns when what was recorded at `place` is stored and published, or when waiting for it is in vain.
    func settle(place: UInt64) async {
        await places.wait(for: place, atMost: limits.settle, clock: clock)
    }

    /// Returns when both are stored and published, or when waiting for them is in vain.
    /// - Parameter place: nil for nothing.
    func settle(through number: UInt64, place: UInt64?) async {
        async let events: Void = settle(through: number)
        if let place { await settle(place: place) }
        await events
    }

    /// Returns when the primary's event `number` is stored and published, or when waiting for it is in vain.
    func settle(through number: UInt64) async {
        await line.wait(for: number, atMost: limits.settle, clock: clock)
    }

    /// Records what the run before could not store, before anything of this run.
    func recordGap(of left: UnstoredNote.Content) {
        record(left.event(at: .now))
    }

    /// Records until the primary's stream ends, stores what is left and returns. A disk that does not answer is not
    /// waited for.
    func run() async throws {
        let end = SettleLine()
        // Not a child: when the service is cancelled, what has come before is stored all the same.
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
            case .setup, .fork, .noted: await willRecord(event)
            case .online, .listening, .message, .messagesLost, .leaving, .disconnect, .exit: break
            }
            inbox.offer(item)
        }
    }
}

/// How many workers have ended, by reason: the one that the history has too.
final class ExitCounts: Sendable {
    private let counts = Mutex<[ExitReport.Reason: Int]>([:])

    var values: [ExitReport.Reason: Int] { counts.withLock { $0 } }

    /// Counts what is an end.
    func count(_ item: RecorderItem) {
        guard case .stored(let entry) = item.content, entry.event.type == .exit, let exit = entry.worker?.exit
        else { return }
        counts.withLock { $0[exit.reason, default: 0] += 1 }
    }
}
