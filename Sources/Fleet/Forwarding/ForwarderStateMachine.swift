// SPDX-License-Identifier: Apache-2.0

import Shared

/// The rules of forwarding: which events are read and written next, what a failure changes, and how far behind it is.
///
/// It has no clock and does nothing itself. Each input returns what to do next, and the result of that is the next input.
struct ForwarderStateMachine: Sendable {
    enum Action: Sendable {
        /// Ask the local history for its extent.
        case measure
        /// Read at most `limit` events after `seq`.
        case read(after: Int64, limit: Int)
        /// Store the batch and move the cursor, both or neither.
        case write(FleetBatch, from: Int64, through: Int64)
        /// Nothing to do until the local history has more.
        case rest
    }

    private enum State: Sendable {
        /// Nobody knows the cursor. Exits: `measuring`.
        case disconnected
        /// Exits: `reading`, `resting`, `writing` a gap, `disconnected`.
        case measuring
        /// Exits: `writing`, `resting`, `disconnected`.
        case reading
        /// Exits: `measuring`, `reading` a smaller batch, `writing` a gap, `disconnected`.
        case writing(FleetBatch, from: Int64, through: Int64)
        /// Exits: `measuring`, `disconnected`.
        case resting
    }

    /// The most events of a batch. A failure that a value causes makes it smaller, until the value is alone.
    static let mostEvents = 1000

    private static let mostLost: Int64 = 1_000_000_000_000

    private var state = State.disconnected
    /// Whether the cursor belongs to another history than the one that is there.
    private var isRestored = false
    /// As in the central database; before the first connection, what the local history remembers.
    private(set) var cursor: Int64
    private var extent = LocalExtent(last: 0, floor: 0)
    private var limit = Self.mostEvents
    /// The time of the oldest event that is known to wait. Nil if none waits.
    private(set) var waitingSince: Timestamp?
    /// Events that could not be stored or were removed too early, each gap counted once.
    private(set) var gaps = 0
    /// Events that were forwarded since the start.
    private(set) var forwarded = 0

    /// - Parameter cursor: what is known from the last run.
    init(cursor: Int64 = 0) {
        self.cursor = cursor
    }

    /// How many events wait, as far as it is known. Those that are removed do not wait any more.
    var waiting: Int64 { max(0, extent.last &- max(cursor, extent.floor)) }

    // MARK: Inputs

    /// - Parameters:
    ///   - cursor: as the central database has it.
    ///   - isRestored: whether the local history is known to be another than the one that was forwarded.
    mutating func didConnect(cursor: Int64, isRestored: Bool = false) -> Action {
        // Whoever may write to the database may write a number that no seq can be.
        self.cursor = max(0, cursor)
        self.isRestored = isRestored
        limit = Self.mostEvents
        return measure()
    }

    mutating func didDisconnect() {
        state = .disconnected
    }

    /// The local history may have more.
    mutating func didWake() -> Action {
        guard case .resting = state else { return .rest }
        return measure()
    }

    /// What the local history has, also while there is no connection.
    mutating func didMeasure(_ extent: LocalExtent, now: Timestamp) -> Action {
        self.extent = extent
        if waiting == 0 { waitingSince = nil } else if waitingSince == nil { waitingSince = now }
        guard case .measuring = state else { return .rest }
        // The history was restored from an older copy. What was forwarded once is not stored twice, because its key is there.
        if isRestored || extent.last < cursor {
            isRestored = false
            return write(FleetBatch(events: [], workers: [], hasMore: true), through: extent.floor)
        }
        if let gap = gapOfRemoved(now: now) { return write(gap.batch, through: gap.through) }
        guard extent.last > cursor else {
            state = .resting
            return .rest
        }
        state = .reading
        return .read(after: cursor, limit: limit)
    }

    mutating func didRead(_ batch: FleetBatch) -> Action {
        guard case .reading = state else { return .rest }
        // What was removed since the measuring must not be passed over.
        if let extent = batch.extent, extent.floor > cursor || extent.messageFloor > max(cursor, messageGap) {
            return measure()
        }
        guard let last = batch.events.last?.seq else {
            // Seqs of events that were never stored.
            guard extent.last > cursor else {
                state = .resting
                return .rest
            }
            return write(batch, through: extent.last)
        }
        waitingSince = batch.events.first?.time
        // Behind the last one may be seqs of events that were never stored.
        return write(batch, through: batch.hasMore ? last : max(last, extent.last))
    }

    mutating func didWrite() -> Action {
        guard case .writing(let batch, _, let through) = state else { return .rest }
        cursor = through
        messageGap = max(messageGap, openMessageGap)
        forwarded += batch.events.count
        limit = min(Self.mostEvents, limit * 2)
        if waiting == 0 { waitingSince = nil }
        guard batch.hasMore || waiting > 0 else {
            state = .resting
            return .rest
        }
        return measure()
    }

    /// The database refused the values of the batch. The one that is at fault is found by halving, and a gap takes its
    /// place, because it would be refused for ever and keep the others waiting.
    /// - Returns: nil if there is nothing to be at fault; then it is another failure.
    mutating func didRefuse(because reason: String) -> Action? {
        guard case .writing(let batch, let from, _) = state, let first = batch.events.first else { return nil }
        if batch.events.count > 1 {
            limit = max(1, batch.events.count / 2)
            state = .reading
            return .read(after: from, limit: limit)
        }
        guard let seq = first.seq, first.type != .gap || !batch.workers.isEmpty else { return nil }
        gaps += 1
        let gap = Event.gap(
            seq: seq, time: first.time, lost: 1, since: first.time,
            because: "event \(seq) cannot be stored centrally: \(reason)")
        return write(FleetBatch(events: [gap], workers: [], hasMore: true), through: seq)
    }

    // MARK: Parts

    private mutating func measure() -> Action {
        openMessageGap = 0
        state = .measuring
        return .measure
    }

    private mutating func write(_ batch: FleetBatch, through: Int64) -> Action {
        state = .writing(batch, from: cursor, through: through)
        return .write(batch, from: cursor, through: through)
    }

    /// Events after the cursor that the local history has removed.
    private mutating func gapOfRemoved(now: Timestamp) -> (batch: FleetBatch, through: Int64)? {
        if cursor == 0 {
            // What was removed before the agent came to the fleet is not missing there.
            messageGap = max(messageGap, extent.messageFloor)
            return extent.floor > 0 ? (FleetBatch(hasMore: true), extent.floor) : nil
        }
        let (event, through): (Event, Int64)
        if extent.floor > cursor {
            through = extent.floor
            // A history that replaces a damaged one counts on from a number that no count of events reaches.
            let lost = through - cursor
            event = .gap(
                seq: cursor + 1, time: now, lost: lost < Self.mostLost ? lost : nil, since: waitingSince ?? now,
                because: "the events \(cursor + 1) to \(through) were removed before they were forwarded")
        } else if extent.messageFloor > cursor, extent.messageFloor > messageGap {
            // The other events up to there are still to be forwarded.
            through = cursor
            openMessageGap = extent.messageFloor
            event = .gap(
                seq: cursor, time: now, lost: nil, since: waitingSince ?? now,
                because: "messages up to \(extent.messageFloor) were removed before they were forwarded")
        } else {
            return nil
        }
        gaps += 1
        return (FleetBatch(events: [event], workers: [], hasMore: true), through)
    }

    /// Up to which message floor a gap was written, and is being written.
    private var messageGap: Int64 = 0
    private var openMessageGap: Int64 = 0
}

extension Event {
    fileprivate static func gap(
        seq: Int64, time: Timestamp, lost: Int64?, since: Timestamp, because reason: String
    ) -> Event {
        Event(
            seq: seq, time: time, type: .gap,
            data: [
                "lost": lost.map(JSONValue.integer) ?? .null, "since": .string("\(since)"), "until": .string("\(time)"),
                "reason": .string(reason),
            ])
    }
}
