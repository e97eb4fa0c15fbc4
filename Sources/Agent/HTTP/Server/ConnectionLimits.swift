// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What one client, and all of them, may take of the agent.
struct ConnectionLimits: Sendable {
    /// A request's line and headers together.
    var headerBytes = 16 << 10
    var headerCount = 100
    var request = RequestDeadlineHandler.Limits()
    var write = WriteDeadlineHandler.Limits()
    /// A connection on which nothing happens is closed after this time.
    var idle = TimeAmount.minutes(3)
    /// A listener with this many connections accepts no more until one closes.
    var connections = 4096
    /// A client that has this many is refused more.
    var connectionsPerAddress = 1024
    /// How many may watch events.
    var watchers = 1000

    /// A request's body.
    static let bodyBytes = 1 << 20

    init() {}

    /// - Throws: `StartupError` where a number is out of range.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        let range = 1...1_000_000
        connections = try reader.integer(.connections, in: range) ?? connections
        connectionsPerAddress = try reader.integer(.connectionsPerAddress, in: range) ?? connectionsPerAddress
        watchers = try reader.integer(.watchers, in: range) ?? watchers
    }
}
