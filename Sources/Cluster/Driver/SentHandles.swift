// SPDX-License-Identifier: Apache-2.0

import DequeModule
import LinuxIO

/// The descriptors that were sent to a worker and whose arrival it has not confirmed. They are confirmed in the order in
/// which they were sent.
struct SentHandles {
    enum Sent {
        case connection(sequence: Int)
        case heartbeat(sequence: Int)
        case shared(ServerSocket, ServerReply, attempts: Int)
        /// Somebody may wait for its arrival.
        case passed(PassedSocket, [UInt8], attempts: Int, whenArrived: (() -> Void)?)
    }

    /// Unconfirmed sockets of all kinds. Node confirms each. A worker that answers for its connections and confirms no
    /// socket is not Node's.
    private static let most = 1 << 16

    /// Sockets of the primary that the worker has asked for.
    private(set) var shared = 0
    /// Sockets that programs have passed.
    private(set) var passed = 0
    private var sent: Deque<Sent> = []

    var isFull: Bool { sent.count >= Self.most }

    mutating func append(_ handle: Sent) {
        sent.append(handle)
        count(handle, 1)
    }

    mutating func removeFirst() -> Sent? {
        guard let handle = sent.popFirst() else { return nil }
        count(handle, -1)
        return handle
    }

    /// One was never sent.
    ///
    /// - Parameter others: how many come after it.
    mutating func remove(before others: Int) -> Sent? {
        let index = sent.count - 1 - others
        guard sent.indices.contains(index) else { return nil }
        let handle = sent.remove(at: index)
        count(handle, -1)
        return handle
    }

    private mutating func count(_ handle: Sent, _ change: Int) {
        switch handle {
        case .connection, .heartbeat: break
        case .shared: shared += change
        case .passed: passed += change
        }
    }

    mutating func removeAll() {
        self = SentHandles()
    }
}
