// SPDX-License-Identifier: Apache-2.0

import Shared

/// Writes messages to a worker, in one of Node's serializations.
protocol WireWriter {
    /// An internal message.
    func encode(_ message: JSONValue) -> [UInt8]
    /// `newconn`, to be sent with the connection's descriptor. It is written for each connection.
    func encodeNewConnection(key: String, sequence: Int) -> [UInt8]
    /// A message of the program's own.
    ///
    /// - Parameter json: one JSON value.
    /// - Throws: where it is not of the form in docs/advanced-serialization.md.
    func encodeMessage(json: [UInt8]) throws(ClusterError) -> [UInt8]
}
