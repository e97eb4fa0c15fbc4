// SPDX-License-Identifier: Apache-2.0

import Shared

/// Writes messages to the other end, in one of Node's serializations.
protocol WireWriter {
    /// An internal message.
    func encode(_ message: JSONValue) -> [UInt8]
    /// A message as it came from somebody else who writes the same serialization.
    func frame(_ raw: UnsafeRawBufferPointer) -> [UInt8]
    /// `newconn`, to be sent with the connection's descriptor. It is written for each connection.
    func encodeNewConnection(key: String, sequence: Int) -> [UInt8]
    /// The answer to `newconn`, with the receipt for its descriptor in front. It is written for each connection.
    func encodeConnectionAnswer(to sequence: Int, accepted: Bool, sequence own: Int) -> [UInt8]
    /// A message of the program's own.
    ///
    /// - Parameters:
    ///   - json: one JSON value.
    ///   - handle: of the descriptor that goes with it; nil if none does.
    /// - Throws: if it is not of the form in docs/advanced-serialization.md.
    func encodeMessage(json: [UInt8], handle: HandleKind?) throws(ClusterError) -> [UInt8]
}
