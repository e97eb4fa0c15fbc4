// SPDX-License-Identifier: Apache-2.0

/// The connections of a listener, in the order in which they came. Several may iterate at once: each connection goes to
/// one of them.
public struct IncomingConnections: AsyncSequence, Sendable {
    public typealias Element = Connection
    public typealias Failure = Never

    let buffer: ConnectionBuffer

    public func makeAsyncIterator() -> Iterator {
        Iterator(buffer: buffer)
    }

    /// Takes connections from the listener, one at a time.
    public struct Iterator: AsyncIteratorProtocol {
        let buffer: ConnectionBuffer

        /// Nil once the listener is closed and all that came before has been handed out, or if the task is
        /// cancelled.
        public mutating func next() async -> Connection? {
            await buffer.next()
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> Connection? {
            await buffer.next()
        }
    }
}
