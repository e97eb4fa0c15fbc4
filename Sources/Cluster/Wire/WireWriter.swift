// SPDX-License-Identifier: Apache-2.0

import Shared

/// Writes messages to a worker, in one of Node's serializations.
protocol WireWriter {
    func encode(_ message: PrimaryMessage) -> [UInt8]
    /// `newconn`, to be sent with the connection's descriptor.
    func encodeNewConnection(key: String, sequence: Int) -> [UInt8]
    /// A reply that is sent with the socket itself.
    func encodeShared(_ reply: ServerReply, isDatagram: Bool) -> [UInt8]
    /// A message of the program's own.
    /// - Parameter json: one JSON value.
    func encodeMessage(json: [UInt8]) throws(ClusterError) -> [UInt8]
    /// Confirms a descriptor (`NODE_HANDLE_ACK`), or says that none came.
    func encodeHandleReceipt(arrived: Bool) -> [UInt8]
    /// The primary closes what it is given at once, so the answer is always none.
    func encodeSocketListReply(_ query: SocketListQuery) -> [UInt8]
}
