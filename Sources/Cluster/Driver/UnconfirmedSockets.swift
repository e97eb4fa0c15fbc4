// SPDX-License-Identifier: Apache-2.0

import DequeModule
import LinuxIO

/// Sockets that were sent with messages and whose arrival is not confirmed yet, the oldest first.
struct UnconfirmedSockets {
    private struct Sent {
        let socket: PassedSocket
        let bytes: [UInt8]
        var attempts: Int
    }

    /// As in Node (`lib/internal/child_process.js`, MAX_HANDLE_RETRANSMISSIONS).
    private static let maxAttempts = 4

    private var sent: Deque<Sent> = []

    /// False where the socket was taken.
    mutating func send(_ socket: PassedSocket, with bytes: [UInt8], over channel: UnixChannel) -> Bool {
        send(Sent(socket: socket, bytes: bytes, attempts: 1), over: channel)
    }

    mutating func didArrive() {
        _ = sent.popFirst()
    }

    /// Sends the oldest again; false where that was tried often enough.
    mutating func didNotArrive(over channel: UnixChannel) -> Bool {
        guard var lost = sent.popFirst() else { return true }
        lost.attempts += 1
        return lost.attempts <= Self.maxAttempts && send(lost, over: channel)
    }

    private mutating func send(_ socket: Sent, over channel: UnixChannel) -> Bool {
        guard socket.socket.descriptor.send(socket.bytes, over: channel) else { return false }
        sent.append(socket)
        return true
    }
}
