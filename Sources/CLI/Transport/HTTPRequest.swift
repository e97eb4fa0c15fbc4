// SPDX-License-Identifier: Apache-2.0

/// One request to one agent, ready to go.
struct HTTPRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    var host: Host
    var method: Method
    /// Path and query, percent-encoded.
    var target: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]?
    var limits: Limits
    /// Bytes of the reply's body; nil for a stream, whose reader bounds its lines.
    var largestBody: Int?

    /// How long a transfer may take.
    enum Limits: Sendable {
        /// From the start to the last byte.
        case total(Duration)
        /// A stream without end: so long to the reply's head, and then so long without a byte.
        case stream(head: Duration, idle: Duration)
    }
}
