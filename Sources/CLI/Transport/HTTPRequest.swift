// SPDX-License-Identifier: Apache-2.0

/// One request to one agent, ready to send.
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
    /// The most bytes of the reply's body. Nil for a stream, whose reader limits its lines.
    var largestBody: Int?

    /// How long a transfer may take.
    enum Limits: Sendable {
        /// From the start to the last byte.
        case total(Duration)
        /// For a stream without end: the time until the reply's head, and the longest time without a byte.
        case stream(head: Duration, idle: Duration)
    }
}
