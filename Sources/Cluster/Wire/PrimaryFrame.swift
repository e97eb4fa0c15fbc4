// SPDX-License-Identifier: Apache-2.0

import Shared

/// One message from the primary.
enum PrimaryFrame {
    /// A connection that comes with it.
    case newConnection(key: String, sequence: Int)
    case disconnect
    /// The answer to `queryServer` or to `exitedAfterDisconnect`.
    case answer(PrimaryAnswer)
    /// The oldest descriptor that was sent and not yet confirmed has arrived.
    case handleAcknowledged
    /// It has not.
    case handleRefused
    /// Asks about sockets that the primary's program gave us (Node `lib/internal/socket_list.js`).
    case socketList(SocketListQuery)
    case message(ReceivedMessage)
    indirect case withHandle(kind: String, tracker: String?, PrimaryFrame)
    /// Internal, but nothing that a worker answers.
    case unknown
}

extension PrimaryFrame: WireFrame {
    static func recognize(_ line: UnsafeRawBufferPointer) -> PrimaryFrame? {
        FastConnection.decode(line)
    }

    static func recognize(_ value: V8Value) -> PrimaryFrame? {
        nil
    }

    init(_ message: InternalMessage) throws(WireError) {
        switch message.cmd {
        case "NODE_CLUSTER": self = try PrimaryFrame(cluster: message)
        case "NODE_HANDLE_ACK": self = .handleAcknowledged
        case "NODE_HANDLE_NACK": self = .handleRefused
        case "NODE_SOCKET_GET_COUNT": self = .socketList(try message.socketList(.count))
        case "NODE_SOCKET_NOTIFY_CLOSE": self = .socketList(try message.socketList(.allClosed))
        default: self = .unknown
        }
    }

    private init(cluster message: InternalMessage) throws(WireError) {
        if let acknowledged = message.ack {
            self = .answer(PrimaryAnswer(acknowledged: acknowledged, message))
            return
        }
        switch message.act {
        case "newconn":
            self = .newConnection(
                key: try message.requiredKey(), sequence: try message.required(message.seq, "seq"))
        case "disconnect": self = .disconnect
        default: self = .unknown
        }
    }
}
