// SPDX-License-Identifier: Apache-2.0

import Shared

/// One message from a worker.
enum WorkerFrame {
    case online
    case query(ServerQuery)
    case listening(ListeningAddress)
    case closeServer(key: String)
    case exitedAfterDisconnect(sequence: Int)
    /// The answer to `newconn`.
    case answer(sequence: Int, accepted: Bool)
    case handleAcknowledged
    case handleRefused
    case socketList(SocketListQuery)
    case message(ReceivedMessage)
    indirect case withHandle(kind: String, tracker: String?, WorkerFrame)
    case unknown
}

extension WorkerFrame: WireFrame {
    static func recognize(_ line: UnsafeRawBufferPointer) -> WorkerFrame? {
        FastFrame.decode(line)
    }

    /// The two messages that come for each connection.
    static func recognize(_ value: V8Value) -> WorkerFrame? {
        switch value["cmd"]?.string {
        case "NODE_HANDLE_ACK": .handleAcknowledged
        case "NODE_CLUSTER":
            value["ack"]?.integer.map { .answer(sequence: $0, accepted: value["accepted"]?.bool ?? false) }
        default: nil
        }
    }

    init(cluster message: InternalMessage) throws(WireError) {
        // An answer has no act (Node `lib/internal/cluster/utils.js`).
        if let acknowledged = message.ack {
            self = .answer(sequence: acknowledged, accepted: message.accepted ?? false)
            return
        }
        switch message.act {
        case "online": self = .online
        case "queryServer": self = .query(try message.query())
        case "listening": self = .listening(try message.listeningAddress())
        case "close": self = .closeServer(key: try message.requiredKey())
        case "exitedAfterDisconnect":
            self = .exitedAfterDisconnect(sequence: try message.required(message.seq, "seq"))
        default: self = .unknown
        }
    }
}
