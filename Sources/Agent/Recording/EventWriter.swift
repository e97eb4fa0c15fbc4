// SPDX-License-Identifier: Apache-2.0

import History
import Logging
import Shared

/// The recorder's one writer: empties the inbox, stores, publishes.
struct EventWriter {
    let inbox: RecorderInbox
    let store: any EventStore
    let broadcaster: EventBroadcaster
    /// By the primary's numbers.
    let line: SettleLine
    /// By the inbox's places.
    let places: SettleLine
    let health: RecorderHealth
    /// Tells the next run what this one could not store.
    let note: UnstoredNote?
    let limits: EventRecorder.Limits
    let clock: any Clock<Duration>
    let logger: Logger

    /// In order. While storing fails, it holds no messages.
    private var pending: [RecorderItem] = [] {
        didSet { health.waiting = pending.count }
    }
    /// Nil if the note may be of the last run.
    private var hasNoted: Bool?
    private var retry: Task<Void, Never>?
    private var retryDelay: Duration = .zero

    init(
        inbox: RecorderInbox, store: any EventStore, broadcaster: EventBroadcaster, line: SettleLine,
        places: SettleLine, health: RecorderHealth, note: UnstoredNote? = nil, limits: EventRecorder.Limits,
        clock: any Clock<Duration>,
        logger: Logger
    ) {
        self.inbox = inbox
        self.store = store
        self.broadcaster = broadcaster
        self.line = line
        self.places = places
        self.health = health
        self.note = note
        self.limits = limits
        self.clock = clock
        self.logger = logger
    }

    /// Returns when the inbox is finished and nothing is left.
    mutating func run() async {
        let watch = watchTime()
        defer { watch.cancel() }
        for await _ in inbox.wakeups {
            let taken = inbox.take()
            if health.failure != nil && !taken.retryIsDue {
                hold(items(of: taken))
            } else {
                await storePending(and: items(of: taken))
            }
        }
        await storePending(and: items(of: inbox.take()))
        await insist()
        giveUp(pending.count)
        if let gap = pending.first, health.failure != nil { leaveNote(gap) }
        retry?.cancel()
        line.stop()
        places.stop()
    }

    private func items(of taken: RecorderInbox.Taken) -> [RecorderItem] {
        var items = taken.items
        if let gap = taken.messageGap { items.insert(RecorderItem(content: .lostMessages(gap, of: nil)), at: 0) }
        if let gap = taken.gap {
            health.didLose(gap.lost)
            logger.error("the history took too long and events are lost", metadata: ["lost": "\(gap.lost)"])
            items.insert(RecorderItem(content: .gap(gap)), at: 0)
        }
        return items
    }

    private mutating func storePending(and items: [RecorderItem]) async {
        pending += items
        var seqs: [Int64?] = []
        do {
            try await store(pending.compactMap(\.entry)[...], into: &seqs)
            publishPending(storedAs: seqs)
            didStore()
        } catch {
            publishPending(storedAs: seqs)
            didFail(error)
            let unstored = pending
            pending = []
            hold(unstored)
            if hasNoted != true { leaveNote(pending.first) }
        }
    }

    /// - Parameter seqs: gets a seq for each finished entry, nil for one that cannot be stored.
    private func store(_ entries: ArraySlice<HistoryEntry>, into seqs: inout [Int64?]) async throws {
        guard !entries.isEmpty else { return }
        do {
            health.beginWrite()
            defer { health.endWrite() }
            seqs += try await store.store(Array(entries))
        } catch let error as ClusterError where error.status == .internal {
            // One entry is the cause, and it must not keep the others out forever.
            guard entries.count > 1 else {
                seqs.append(nil)
                return try await didRefuse(entries, error, store)
            }
            let middle = entries.startIndex + entries.count / 2
            try await self.store(entries[..<middle], into: &seqs)
            try await self.store(entries[middle...], into: &seqs)
        }
    }

    /// A gap takes the place of an entry that the history refuses for good.
    private func didRefuse(
        _ entries: ArraySlice<HistoryEntry>, _ error: ClusterError, _ store: any EventStore
    ) async throws {
        health.didLose(entries.count)
        logger.error("event cannot be stored", metadata: ["error": "\(error)"])
        let items = entries.map { RecorderItem(content: .stored($0)) }
        guard let gap = RecorderGap(items, because: error.message) else { return }
        do {
            _ = try await store.store([HistoryEntry(event: gap.event)])
        } catch let error as ClusterError where error.status == .internal {
            // Then the history has no place for any event.
        }
    }

    /// Logs if a write takes long. One task looks at all writes, because a timer for each would cost as much as the write.
    private func watchTime() -> Task<Void, Never> {
        Task { [clock, limits, health, logger] in
            var last: UInt64?
            while (try? await clock.sleep(for: limits.slow)) != nil {
                let current = health.currentWrite
                if current != nil, current == last, health.didTakeLong() {
                    logger.warning("the history's disk is slow; events wait", metadata: ["since": "\(limits.slow)"])
                }
                last = current
            }
        }
    }

    /// Publishes pending items up to the first entry that has no seq in `seqs`.
    private mutating func publishPending(storedAs seqs: [Int64?]) {
        var seqs = seqs[...]
        var done: [RecorderItem] = []
        for item in pending {
            guard item.entry != nil else {
                done.append(item)
                continue
            }
            guard let seq = seqs.popFirst() else { break }
            done.append(item.stored(as: seq))
        }
        pending.removeFirst(done.count)
        publish(done)
    }

    private func publish(_ items: [RecorderItem]) {
        broadcaster.publish(items.compactMap(\.event))
        for case .lostMessages(let gap, _) in items.lazy.map(\.content) {
            health.didLoseMessages(gap.lost)
            logger.warning(
                "messages of workers are not shown",
                metadata: ["messages": "\(gap.lost)", "reason": "\(gap.reason)"])
        }
        if let number = items.last(where: { $0.number != nil })?.number { line.advance(to: number) }
        if let place = items.last?.place { places.advance(to: place) }
    }

    /// Keeps entries for the retry, within bounds, and lets messages through.
    private mutating func hold(_ items: [RecorderItem]) {
        publish(items.filter { $0.entry == nil })
        pending += items.filter { $0.entry != nil }
        if pending.count > limits.entries {
            // Removes a block at a time, so that the cost does not grow with the number of waiting entries.
            giveUp(max(pending.count - limits.entries, limits.entries / 8))
        }
        // With `history.messages` they are stored too, and may be large.
        var bytes = pending.reduce(0) { $0 + $1.messageBytes }
        guard bytes > RecorderInbox.Taken.capacityInBytes else { return }
        let tooMany = pending.prefix { item in
            defer { bytes -= item.messageBytes }
            return bytes > RecorderInbox.Taken.capacityInBytes
        }
        giveUp(tooMany.count)
    }

    /// Publishes the oldest entries without a seq. A gap stays in their place.
    private mutating func giveUp(_ count: Int) {
        let lost = pending.prefix(count)
        guard let gap = RecorderGap(lost, because: health.failure ?? "the history does not work") else { return }
        let events = lost.filter { if case .gap = $0.content { false } else { true } }
        health.didLose(events.count)
        publish(events)
        pending.replaceSubrange(..<lost.count, with: [RecorderItem(content: .gap(gap))])
    }

    /// At the end it tries for some time, because there is no later chance.
    private mutating func insist() async {
        var patience = limits.insist
        while health.failure != nil, patience > .zero {
            let delay = min(retryDelay, patience)
            patience -= delay
            try? await clock.sleep(for: delay)
            await storePending(and: [])
        }
    }

    private mutating func didStore() {
        if health.failure != nil {
            logger.notice("the history works again", metadata: ["lostSinceStart": "\(health.lost)"])
        }
        health.didWork()
        retryDelay = .zero
        if hasNoted != false { note?.clear() }
        hasNoted = false
        line.restart()
        places.restart()
    }

    /// The next item is preceded by a gap for the missing ones.
    private mutating func leaveNote(_ first: RecorderItem?) {
        hasNoted = true
        var content = UnstoredNote.Content(
            lost: nil, since: nil, reason: health.failure ?? "the history does not work")
        if case .gap(let gap) = first?.content {
            (content.lost, content.since) = (gap.lost, "\(gap.since)")
        } else if let time = first?.event?.time {
            content.since = "\(time)"
        }
        note?.set(content)
    }

    private mutating func didFail(_ error: any Error) {
        if health.failure == nil {
            logger.error("the history does not work; events wait", metadata: ["error": "\(error)"])
        }
        health.didFail((error as? ClusterError)?.message ?? "\(error)")
        line.stop()
        places.stop()
        retryDelay = min(max(retryDelay * 2, limits.firstRetry), limits.lastRetry)
        retry = Task { [inbox, clock, retryDelay] in
            guard (try? await clock.sleep(for: retryDelay)) != nil else { return }
            inbox.retryIsDue()
        }
    }
}

/// The recorder's store. It is a protocol because a test cannot easily fill a disk.
protocol EventStore: Sendable {
    /// Stores all of `entries` durably, or none, and returns their seqs in order.
    /// - Throws: as `History.append`.
    func store(_ entries: [HistoryEntry]) async throws -> [Int64]
}

extension History: EventStore {}
