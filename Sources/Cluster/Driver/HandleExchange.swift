// SPDX-License-Identifier: Apache-2.0

import DequeModule
import LinuxIO

/// One end's record of the descriptors that go over a channel, each with a message. The receiver confirms them in their
/// order, or asks for one again (Node `lib/internal/child_process.js`, NODE_HANDLE_ACK and NODE_HANDLE_NACK).
struct HandleExchange {
    /// As in Node (MAX_HANDLE_RETRANSMISSIONS).
    private static let maxAttempts = 4

    private var sent = SentHandles()
    private let received = DescriptorTable()
    private var unclaimed: Deque<DescriptorTable.Token> = []

    // MARK: Sent

    /// Sockets of the primary that were sent and are not confirmed.
    var unconfirmedShared: Int { sent.shared }
    /// Sockets of programs that were sent and are not confirmed.
    var unconfirmedPassed: Int { sent.passed }
    /// Whether so many are unconfirmed that the other end must be broken.
    var isFull: Bool { sent.isFull }

    mutating func didSend(_ handle: SentHandles.Sent) {
        sent.append(handle)
    }

    /// The oldest has arrived.
    ///
    /// - Returns: who waits for that.
    mutating func didArrive() -> (() -> Void)? {
        if case .passed(_, _, _, let whenArrived) = sent.removeFirst() { whenArrived } else { nil }
    }

    /// What becomes of a descriptor that has not arrived.
    enum Refusal {
        /// It is sent once more: with the number of the next attempt.
        case again(SentHandles.Sent)
        /// It was tried often enough. Nobody waits for it any longer.
        case givenUp(whenArrived: (() -> Void)?)
    }

    /// The oldest has not arrived. Nil if nothing was sent.
    mutating func didNotArrive() -> Refusal? {
        switch sent.removeFirst() {
        case .shared(_, _, let attempts) where attempts >= Self.maxAttempts: .givenUp(whenArrived: nil)
        case .passed(_, _, let attempts, let whenArrived) where attempts >= Self.maxAttempts:
            .givenUp(whenArrived: whenArrived)
        case .shared(let socket, let reply, let attempts): .again(.shared(socket, reply, attempts: attempts + 1))
        case .passed(let socket, let bytes, let attempts, let whenArrived):
            .again(.passed(socket, bytes, attempts: attempts + 1, whenArrived: whenArrived))
        case let other: other.map(Refusal.again)
        }
    }

    /// One was left out of the channel, and nobody will confirm it.
    ///
    /// - Parameter others: how many were sent after it.
    /// - Returns: who waits for its arrival.
    mutating func didLeaveOut(before others: Int) -> (() -> Void)? {
        if case .passed(_, _, _, let whenArrived) = sent.remove(before: others) { whenArrived } else { nil }
    }

    mutating func forgetSent() {
        sent.removeAll()
    }

    // MARK: Received

    /// How many descriptors have come whose messages have not.
    var unclaimedCount: Int { unclaimed.count }

    /// A descriptor has come. It belongs to the next message that announces one.
    mutating func didReceive(_ descriptor: consuming OwnedFD) {
        unclaimed.append(received.insert(descriptor))
    }

    /// The descriptor of the message that has come. Nil if none came with it.
    mutating func claim() -> OwnedFD? {
        unclaimed.popFirst().flatMap { received.remove($0) }
    }

    mutating func dropUnclaimed() {
        while let token = unclaimed.popFirst() { _ = received.remove(token) }
    }
}
