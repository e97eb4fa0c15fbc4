// SPDX-License-Identifier: Apache-2.0

/// One message of a channel, as one of its two ends understands it: ``WorkerFrame`` in the primary, ``PrimaryFrame`` in
/// the worker.
protocol WireFrame {
    /// A message of the program's own.
    static func message(_ message: ReceivedMessage) -> Self
    /// A message that came with a descriptor of this kind.
    ///
    /// - Parameter tracker: under which the sender keeps count of the socket; nil if it does not.
    static func withHandle(kind: String, tracker: String?, _ frame: Self) -> Self
    /// The oldest descriptor that was sent and not yet confirmed has arrived.
    static var handleAcknowledged: Self { get }
    /// It has not.
    static var handleRefused: Self { get }
    /// Asks about sockets that came from one of the sender's servers (Node `lib/internal/socket_list.js`).
    static func socketList(_ query: SocketListQuery) -> Self
    /// Internal, but nothing that this end answers.
    static var unknown: Self { get }

    /// A frame that is known by its bytes and need not be parsed. Nil for any other.
    static func recognize(_ line: UnsafeRawBufferPointer) -> Self?
    /// The same for what is read already.
    static func recognize(_ value: V8Value) -> Self?
    /// A message of node:cluster itself.
    ///
    /// - Throws: if one that must be answered lacks a field.
    init(cluster message: InternalMessage) throws(WireError)
}

extension WireFrame {
    /// - Throws: as ``init(cluster:)``.
    init(_ message: InternalMessage) throws(WireError) {
        switch message.cmd {
        case "NODE_CLUSTER": self = try Self(cluster: message)
        case "NODE_HANDLE_ACK": self = .handleAcknowledged
        case "NODE_HANDLE_NACK": self = .handleRefused
        case "NODE_SOCKET_GET_COUNT": self = .socketList(try message.socketList(.count))
        case "NODE_SOCKET_NOTIFY_CLOSE": self = .socketList(try message.socketList(.allClosed))
        default: self = .unknown
        }
    }
}
