// SPDX-License-Identifier: Apache-2.0

import Shared

/// The fields of an internal message, whichever they are: `cmd` begins with `NODE_`.
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
    /// Below zero if the primary could not make a socket.
    let errno: WireOption?
    /// What getsockname(2) says of the primary's socket.
    let sockname: JSONValue?

    /// In a message with a socket of one of the sender's servers.
    var tracker: String? {
        if case .string(let key) = key { key } else { nil }
    }

    /// Longer than any path (limits.h, PATH_MAX).
    private static let longestAddress = 4096
    /// Node's TLS ticket keys take less than half of it.
    private static let heaviestData = 8192

    func listeningAddress() throws(WireError) -> ListeningAddress {
        ListeningAddress(address: try boundedAddress(), port: port?.number, addressType: addressType ?? .pipe, fd: fd)
    }

    /// In Node's primary the text `null` and no address are one key.
    private func boundedAddress() throws(WireError) -> String? {
        guard let address, address != "null" else { return nil }
        guard address.utf8.count <= Self.longestAddress else {
            throw WireError("an address is longer than \(Self.longestAddress) bytes", .messageTooLarge)
        }
        return address
    }

    func query() throws(WireError) -> ServerQuery {
        if let data, data.weight > Self.heaviestData {
            throw WireError(
                "the data of a query is too large to send to all workers that share the socket", .messageTooLarge)
        }
        let key = HandleKey(
            address: try boundedAddress(), port: port?.number ?? -1, addressType: addressType ?? .pipe, fd: fd,
            index: try required(index, "index"))
        return ServerQuery(
            sequence: try required(seq, "seq"), key: key, flags: flags?.integer ?? 0,
            backlog: backlog?.integer, readableAll: readableAll?.isTrue ?? false,
            writableAll: writableAll?.isTrue ?? false, data: data)
    }

    func socketList(_ question: SocketListQuery.Question) throws(WireError) -> SocketListQuery {
        SocketListQuery(question: question, key: try requiredKey())
    }

    func requiredKey() throws(WireError) -> String {
        guard case .string(let key) = key else { throw WireError("\(cmd) \(act ?? "") lacks a key") }
        return key
    }

    func required<Value>(_ value: Value?, _ field: String) throws(WireError) -> Value {
        guard let value else { throw WireError("\(cmd) \(act ?? "") lacks \(field)") }
        return value
    }
}
