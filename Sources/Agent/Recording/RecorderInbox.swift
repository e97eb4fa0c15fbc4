// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// What the recorder's producers have left for its writer, in the order in which it becomes history. It is bounded and
/// offering never waits.
final class RecorderInbox: Sendable {
    /// What the writer finds.
    struct Taken {
        /// What was lost before `items`, because the writer was stuck.
        var gap: RecorderGap?
        /// Messages that were lost with it.
        var messageGap: RecorderGap?
        var items: [RecorderItem] = []
        /// Of the messages among `items`.
        fileprivate var messageBytes = 0
        var retryIsDue = false
    }

    fileprivate struct State {
        var taken = Taken()
        var isFinished = false
        /// Of the newest item.
        var place: UInt64 = 0
        var time = Timestamp(milliseconds: 0)
    }

    /// Yields when there is something to take; ends after ``finish()``.
    let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let state = Mutex(State())
    private let capacity: Int
    private let now: @Sendable () -> Timestamp

    init(capacity: Int, now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.capacity = capacity
        self.now = now
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// - Returns: the item's place; nil after ``finish()``.
    @discardableResult
    func offer(_ item: RecorderItem) -> UInt64? {
        let place = state.withLock { state -> UInt64? in
            guard !state.isFinished else { return nil }
            state.append(item, capacity: capacity, now: now())
            return state.place
        }
        if place != nil { wake.yield() }
        return place
    }

    /// True while the writer has not taken anything for so long that items were lost.
    var isOverrun: Bool { state.withLock { $0.taken.gap != nil } }

    /// How many wait for the writer.
    var count: Int { state.withLock { $0.taken.items.count } }

    func retryIsDue() {
        state.withLock { $0.taken.retryIsDue = true }
        wake.yield()
    }

    func take() -> Taken {
        state.withLock { state in
            defer { state.taken = Taken() }
            return state.taken
        }
    }

    /// Accepts nothing more.
    func finish() {
        state.withLock { $0.isFinished = true }
        wake.finish()
    }
}

extension RecorderInbox.State {
    fileprivate mutating func append(_ item: RecorderItem, capacity: Int, now: Timestamp) {
        place += 1
        var item = item
        item.place = place
        // Here the order is made, and the times follow it: what the agent does itself may have overtaken what its
        // workers did just before. Where the clock was set back, the last time is ahead of now, and they follow that.
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

    /// What the messages that wait may take.
    static let capacityInBytes = 64 << 20

    /// Messages get half of the room, so that they never displace what is to be stored. The first that finds none
    /// becomes a gap, which takes in those that follow.
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
