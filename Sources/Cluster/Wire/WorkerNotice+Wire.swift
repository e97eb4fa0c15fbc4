// SPDX-License-Identifier: Apache-2.0

import Shared

// What a worker writes: the fields of Node's own messages (`lib/internal/cluster/child.js`).

extension WorkerNotice {
    func message(sequence: Int) -> JSONValue {
        var fields = fields
        fields["cmd"] = "NODE_CLUSTER"
        fields["seq"] = .integer(Int64(sequence))
        return .object(fields)
    }

    private var fields: [String: JSONValue] {
        switch self {
        case .online: ["act": "online"]
        case .query(let request, let index):
            request.fields(index: index).merging(["act": "queryServer"]) { $1 }
        case .listening(let request, let index, let port):
            request.fields(index: index).merging([
                "act": "listening", "port": (port ?? request.place.port).map { .integer(Int64($0)) } ?? .null,
            ]) { $1 }
        case .close(let key): ["act": "close", "key": .string(key)]
        case .exitedAfterDisconnect: ["act": "exitedAfterDisconnect"]
        }
    }
}

extension ListenRequest {
    /// An absent value and null make different keys in Node's primary, so each is as Node's worker has it.
    fileprivate func fields(index: Int) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "index": .integer(Int64(index)), "data": .null,
            "address": place.address.map(JSONValue.string) ?? .null,
            "port": place.port.map { .integer(Int64($0)) } ?? .null,
            "addressType": place.addressType.map(\.wireValue) ?? .null,
        ]
        if let fd = place.fd { fields["fd"] = .integer(Int64(fd)) }
        if flags != 0 { fields["flags"] = .integer(Int64(flags)) }
        if let backlog { fields["backlog"] = .integer(Int64(backlog)) }
        if readableAll { fields["readableAll"] = true }
        if writableAll { fields["writableAll"] = true }
        return fields
    }
}

extension AddressType {
    var wireValue: JSONValue {
        switch self {
        case .tcp4: 4
        case .tcp6: 6
        case .pipe: -1
        case .udp4: "udp4"
        case .udp6: "udp6"
        }
    }
}
