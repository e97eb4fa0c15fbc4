// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// Items that wait for the recorder's writer, in the order of the history. It is bounded, and offering never waits.
///
/// The writer takes an item at once, except a message to store. Such a message waits for others, because a transaction costs the
/// same for one as for ten: a moment after a silence, and longer if messages keep coming.
final class RecorderInbox: Sendable {
    /// What the writer takes.
    struct Taken {
        /// Events that were lost before `items`, because the writer was stuck.
        var gap: RecorderGap?
        /// Messages that were lost with them.
        var messageGap: RecorderGap?
        var items: [RecorderItem] = []
        /// The size of the messages among `items`.
        fileprivate var messageBytes = 0
        var retryIsDue = false
    }

    fileprivate struct State {
        var taken = Taken()
        var isFinished = false
        /// True while a message waits for others.
        var isGathering = false
        /// True for some time after messages were taken.
        var isResting = false
        /// How many callers wait for what is in here.
        var hurries = 0
        /// The place of the newest item.
        var place: UInt64 = 0
        var time = Timestamp(milliseconds: 0)
    }

    /// Yields when there is something to take; ends after ``finish()``.
    let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let state = Mutex(State())
    private let capacity: Int
    private let pace: Pace?
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp

    /// How long messages wait for others.
    struct Pace {
        /// The first after a silence.
        var gathering: Duration
        /// After others were taken.
        var rest: Duration
    }

    /// - Parameter pace: nil: nothing waits.
    init(
        capacity: Int, pace: Pace? = nil, clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.capacity = capacity
        self.pace = pace
        self.clock = clock
        self.now = now
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// - Returns: the item's place; nil after ``finish()``.
    @discardableResult
    func offer(_ item: RecorderItem) -> UInt64? {
        let (place, wakeup) = state.withLock { state -> (UInt64?, Wakeup) in
            guard !state.isFinished else { return (nil, .planned) }
            state.append(item, capacity: capacity, now: now())
            return (state.place, pace == nil ? .now : state.wakeup(for: item))
        }
        switch wakeup {
        case .planned: break
        case .now: wake.yield()
        case .later:
            Task { [clock, pace, wake] in
                if let pace { try? await clock.sleep(for: pace.gathering) }
                wake.yield()
            }
        }
        return place
    }

    /// Lets no message wait for others while `body` runs, which waits for what is in here, or soon will be.
    func hurrying(_ body: () async -> Void) async {
        let isGathering = state.withLock { state in
            state.hurries += 1
            return state.isGathering
        }
        if isGathering { wake.yield() }
        await body()
        state.withLock { $0.hurries -= 1 }
    }

    /// True if the writer was stuck for so long that items were lost.
    var isOverrun: Bool { state.withLock { $0.taken.gap != nil } }

    /// Whether messages were taken a moment ago.
    var isResting: Bool { state.withLock(\.isResting) }

    /// How many items wait for the writer.
    var count: Int { state.withLock { $0.taken.items.count } }

    func retryIsDue() {
        state.withLock { $0.taken.retryIsDue = true }
        wake.yield()
    }

    func take() -> Taken {
        let (taken, rests) = state.withLock { state in
            defer { state.taken = Taken() }
            state.isGathering = false
            let rests = pace != nil && !state.isResting && state.taken.items.contains(where: \.isStoredMessage)
            if rests { state.isResting = true }
            return (state.taken, rests)
        }
        if rests { rest() }
        return taken
    }

    private func rest() {
        Task { [weak self, clock, pace] in
            if let pace { try? await clock.sleep(for: pace.rest) }
            self?.didRest()
        }
    }

    private func didRest() {
        let isGathering = state.withLock { state in
            state.isResting = false
            return state.isGathering
        }
        if isGathering { wake.yield() }
    }

    /// Accepts nothing more.
    func finish() {
        state.withLock { $0.isFinished = true }
        wake.finish()
    }
}

/// When the writer is to be woken for an item.
private enum Wakeup {
    case now, later
    /// It will be woken anyway.
    case planned
}

extension RecorderInbox.State {
    /// So many items, or so many bytes of messages, are a good transaction.
    private static let enough = (items: 100, bytes: 1 << 20)

    fileprivate mutating func wakeup(for item: RecorderItem) -> Wakeup {
        guard item.isStoredMessage, taken.items.count < Self.enough.items,
            taken.messageBytes < Self.enough.bytes, hurries == 0
        else { return .now }
        defer { isGathering = true }
        return isGathering || isResting ? .planned : .later
    }

    fileprivate mutating func append(_ item: RecorderItem, capacity: Int, now: Timestamp) {
        place += 1
        var item = item
        item.place = place
        // This place decides the order, and times follow it: an event of the agent may have overtaken one of a worker.
        // If the clock was set back, the last time is later than now, and new events get that time.
        if let own = item.event?.time {
            time = min(max(own, time), max(own, now))
            item.move(to: time)
        }
        if taken.dropMessage(item, capacity) { return }
        if taken.items.count >= capacity { taken.makeRoom(capacity) }
        taken.items.append(item)
        taken.messageBytes += item.messageBytes
    }
}

extension RecorderInbox.Taken {
    private static let reason = "the history took too long"

    /// How many bytes waiting messages may take.
    static let capacityInBytes = 64 << 20

    /// Messages get half of the room, so they never displace events to store. The first one that finds no room becomes
    /// a gap, which takes in those that follow.
    fileprivate mutating func dropMessage(_ item: RecorderItem, _ capacity: Int) -> Bool {
        let isTooLarge = messageBytes > 0 && messageBytes + item.messageBytes > Self.capacityInBytes
        if case .stored = item.content, item.messageBytes > 0, isTooLarge,
            let new = RecorderGap(CollectionOfOne(item), because: Self.reason)
        {
            gap = gap?.joined(with: new) ?? new
            return true
        }
        guard case .streamed = item.content, items.count >= capacity / 2 || isTooLarge,
            let new = RecorderGap(messagesOf: CollectionOfOne(item), because: Self.reason)
        else { return false }
        var dropped = item
        if case .lostMessages(let gap, of: nil) = items.last?.content {
            items.removeLast()
            dropped.content = .lostMessages(gap.joined(with: new), of: nil)
        } else {
            dropped.content = .lostMessages(new, of: nil)
        }
        items.append(dropped)
        return true
    }

    /// An eighth at a time, so that an item is moved only a few times while it waits.
    fileprivate mutating func makeRoom(_ capacity: Int) {
        let lost = items.prefix(max(1, capacity / 8))
        if let new = RecorderGap(lost, because: Self.reason) { gap = gap?.joined(with: new) ?? new }
        if let new = RecorderGap(messagesOf: lost, because: Self.reason) {
            messageGap = messageGap?.joined(with: new) ?? new
        }
        messageBytes -= lost.reduce(0) { $0 + $1.messageBytes }
        items.removeFirst(lost.count)
    }
}
