// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Limits on what one client, and all of them, may use.
struct ConnectionLimits: Sendable {
    /// The size of a request's line and headers together.
    var headerBytes = 16 << 10
    var headerCount = 100
    var request = RequestDeadlineHandler.Limits()
    var write = WriteDeadlineHandler.Limits()
    /// A connection that is refused is closed after this time if its client sends nothing. It holds a place until then.
    var refusal = TimeAmount.seconds(1)
    /// A connection without activity is closed after this time.
    var idle = TimeAmount.minutes(3)
    /// A listener with this many connections accepts no more until one closes.
    var connections = 4096
    /// A client that has this many connections gets no more.
    var connectionsPerAddress = 1024
    /// How many may watch events.
    var watchers = 1000

    /// The size of a request's body.
    static let bodyBytes = 1 << 20

    init() {}

    /// - Throws: `StartupError` if a number is out of range.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        let range = 1...1_000_000
        connections = try reader.integer(.connections, in: range) ?? connections
        connectionsPerAddress = try reader.integer(.connectionsPerAddress, in: range) ?? connectionsPerAddress
        watchers = try reader.integer(.watchers, in: range) ?? watchers
    }
}
