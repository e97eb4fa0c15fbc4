// SPDX-License-Identifier: Apache-2.0

/// What happens to a primary and its workers, in order, for one consumer.
///
/// Not an AsyncStream: its `next` leaves the consumer's actor for a thread of the pool even if an event is waiting. That costs
/// two changes of threads for each event.
public struct PrimaryEvents: AsyncSequence, Sendable {
    /// Reading never fails.
    public typealias Failure = Never

    /// How many events may wait for a consumer that names no number. Lifecycle events are few; this is hours of them.
    public static let standardCapacity = 100_000

    private let queue: EventQueue

    init(_ queue: EventQueue) {
        self.queue = queue
    }

    /// How many events found no room because this consumer did not keep up. Messages are not counted: a
    /// ``PrimaryEvent/Kind/messagesLost(count:since:because:)`` stands in their place.
    public var lost: UInt64 { queue.lost }

    /// Begins to read. One iterator reads at a time.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(queue: queue)
    }

    /// Reads the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let queue: EventQueue

        /// The next event; nil after the last one and in a cancelled task.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> PrimaryEvent? {
            if let event = queue.take() { return event }
            return await queue.next(isolation: actor)
        }
    }
}
