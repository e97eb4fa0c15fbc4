// SPDX-License-Identifier: Apache-2.0

import Shared

/// One message from the primary.
enum PrimaryFrame {
    /// A connection that comes with it.
    case newConnection(key: String, sequence: Int)
    case disconnect
    /// The answer to `queryServer` or to `exitedAfterDisconnect`.
    case answer(PrimaryAnswer)
    case handleAcknowledged
    case handleRefused
    case socketList(SocketListQuery)
    case message(ReceivedMessage)
    indirect case withHandle(kind: String, tracker: String?, PrimaryFrame)
    case unknown
}

extension PrimaryFrame: WireFrame {
    static func recognize(_ line: UnsafeRawBufferPointer) -> PrimaryFrame? {
        FastConnection.decode(line)
    }

    static func recognize(_ value: V8Value) -> PrimaryFrame? {
        nil
    }

    init(cluster message: InternalMessage) throws(WireError) {
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
