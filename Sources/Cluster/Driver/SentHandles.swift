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

    /// Those that keep a socket open. Connections are kept elsewhere.
    private(set) var sockets = 0
    private var sent: Deque<Sent> = []

    var isFull: Bool { sent.count >= Self.most }

    mutating func append(_ handle: Sent) {
        sent.append(handle)
        if handle.holdsSocket { sockets += 1 }
    }

    mutating func removeFirst() -> Sent? {
        guard let handle = sent.popFirst() else { return nil }
        if handle.holdsSocket { sockets -= 1 }
        return handle
    }

    mutating func removeAll() {
        self = SentHandles()
    }
}

extension SentHandles.Sent {
    fileprivate var holdsSocket: Bool {
        switch self {
        case .connection, .heartbeat: false
        case .shared, .passed: true
        }
    }
}
