// SPDX-License-Identifier: Apache-2.0

import Shared

/// How messages to and from one worker are written: Node's `serialization`.
protocol Wire {
    /// Takes what was read and hands each complete message to `body`.
    ///
    /// - Throws: `WireError` where the bytes are no message; the stream is then useless.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, _ body: (WorkerFrame) -> Void) throws(WireError)

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

/// The largest message that is taken from a worker, in bytes. Node has no bound; memory has.
let maximumFrameSize = 256 << 20
