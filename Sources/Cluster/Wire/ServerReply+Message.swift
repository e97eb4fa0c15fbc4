// SPDX-License-Identifier: Apache-2.0

import Shared

extension ServerReply {
    /// As Node's primary writes it (`lib/internal/cluster/primary.js`, `queryServer`).
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
}

extension SocketListQuery {
    var reply: JSONValue {
        switch question {
        case .count: ["cmd": "NODE_SOCKET_COUNT", "key": .string(key), "count": 0]
        case .allClosed: ["cmd": "NODE_SOCKET_ALL_CLOSED", "key": .string(key)]
        }
    }
}
