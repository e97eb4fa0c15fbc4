// SPDX-License-Identifier: Apache-2.0

/// What happens to a primary and its workers, in order, for one consumer.
///
/// Not an AsyncStream: its `next` leaves the consumer's actor for a thread of the pool even where an event is waiting,
/// which costs two changes of threads an event.
public struct PrimaryEvents: AsyncSequence, Sendable {
    public typealias Failure = Never

    private let queue: EventQueue

    init(_ queue: EventQueue) {
        self.queue = queue
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(queue: queue)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let queue: EventQueue

        /// The next event; nil after the last one and in a cancelled task.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> PrimaryEvent? {
            if let event = queue.take() { return event }
            return await queue.next(isolation: actor)
        }
    }
}
