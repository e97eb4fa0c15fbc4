// SPDX-License-Identifier: Apache-2.0

import Shared

// What the primary writes: the fields of Node's own messages (`lib/internal/cluster/primary.js`,
// `lib/internal/child_process.js`, `lib/internal/socket_list.js`).

extension PrimaryMessage {
    var message: JSONValue {
        switch self {
        case .disconnect: ["cmd": "NODE_CLUSTER", "act": "disconnect"]
        case .acknowledge(let sequence): ["cmd": "NODE_CLUSTER", "ack": .integer(Int64(sequence))]
        case .server(let reply): reply.message
        }
    }
}

extension ServerReply {
    var message: JSONValue {
        var fields: [String: JSONValue] = [
            "cmd": "NODE_CLUSTER", "ack": .integer(Int64(acknowledged)), "key": .string(key),
            // libuv's errors are negative.
            "errno": errno == 0 ? .null : .integer(-Int64(errno)), "data": data ?? .null,
        ]
        if let name {
            fields["sockname"] = [
                "family": .string(name.family), "address": .string(name.address), "port": .integer(Int64(name.port)),
            ]
        }
        return .object(fields)
    }

    /// For a reply that carries the socket.
    func messageWithHandle(isDatagram: Bool) -> JSONValue {
        ["cmd": "NODE_HANDLE", "type": isDatagram ? "dgram.Native" : "net.Native", "msg": message]
    }
}

extension SocketListQuery {
    /// - Parameter open: how many of them are open.
    func reply(open count: Int) -> JSONValue {
        switch question {
        case .count: ["cmd": "NODE_SOCKET_COUNT", "key": .string(key), "count": .integer(Int64(count))]
        case .allClosed: ["cmd": "NODE_SOCKET_ALL_CLOSED", "key": .string(key)]
        }
    }
}

/// Tells the other end whether the descriptor of its message has arrived.
enum HandleReceipt {
    static let arrived: JSONValue = ["cmd": "NODE_HANDLE_ACK"]
    static let missing: JSONValue = ["cmd": "NODE_HANDLE_NACK"]
}
