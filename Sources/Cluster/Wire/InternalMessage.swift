// SPDX-License-Identifier: Apache-2.0

import Shared

/// The fields of an internal message from a worker, whichever they are: `cmd` begins with `NODE_`.
struct InternalMessage: Decodable {
    let cmd: String
    let act: String?
    let seq: Int?
    let ack: Int?
    let accepted: Bool?
    let key: JSONValue?
    let address: String?
    let port: WirePort?
    let addressType: AddressType?
    let fd: Int?
    let index: Int?
    let flags: WireOption?
    let backlog: WireOption?
    let readableAll: WireOption?
    let writableAll: WireOption?
    let data: JSONValue?
    let type: String?

    /// - Throws: where a message that the primary must answer lacks a field.
    func frame() throws(WireError) -> WorkerFrame {
        switch cmd {
        case "NODE_CLUSTER": try clusterFrame()
        case "NODE_HANDLE_ACK": .handleAcknowledged
        case "NODE_HANDLE_NACK": .handleRefused
        case "NODE_SOCKET_GET_COUNT": .socketList(SocketListQuery(question: .count, key: try socketListKey()))
        case "NODE_SOCKET_NOTIFY_CLOSE": .socketList(SocketListQuery(question: .allClosed, key: try socketListKey()))
        default: .unknown
        }
    }

    private func clusterFrame() throws(WireError) -> WorkerFrame {
        // An answer has no act (Node `lib/internal/cluster/utils.js`).
        if let ack { return .answer(sequence: ack, accepted: accepted ?? false) }
        switch act {
        case "online":
            return .online
        case "queryServer":
            return .query(try query())
        case "listening":
            return .listening(
                ListeningAddress(address: address, port: port?.number, addressType: addressType ?? .pipe, fd: fd))
        case "close":
            return .closeServer(key: try socketListKey())
        case "exitedAfterDisconnect":
            return .exitedAfterDisconnect(sequence: try required(seq, "seq"))
        default:
            return .unknown
        }
    }

    private func query() throws(WireError) -> ServerQuery {
        let key = HandleKey(
            address: address, port: port?.number ?? -1, addressType: addressType ?? .pipe, fd: fd,
            index: try required(index, "index"))
        return ServerQuery(
            sequence: try required(seq, "seq"), key: key, flags: flags?.integer ?? 0,
            backlog: backlog?.integer, readableAll: readableAll?.isTrue ?? false,
            writableAll: writableAll?.isTrue ?? false, data: data)
    }

    private func socketListKey() throws(WireError) -> String {
        guard case .string(let key) = key else { throw WireError("\(cmd) \(act ?? "") lacks a key") }
        return key
    }

    private func required<Value>(_ value: Value?, _ field: String) throws(WireError) -> Value {
        guard let value else { throw WireError("\(cmd) \(act ?? "") lacks \(field)") }
        return value
    }
}
