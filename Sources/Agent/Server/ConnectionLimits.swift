// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// What one client, and all of them, may take of the agent.
struct ConnectionLimits: Sendable {
    /// A request's line and headers together.
    var headerBytes = 16 << 10
    var headerCount = 100
    var request = RequestDeadlineHandler.Limits()
    /// A connection on which nothing happens is closed after this time.
    var idle = TimeAmount.minutes(3)
    /// A listener with this many connections accepts no more until one closes.
    var connections = 4096

    /// A request's body.
    static let bodyBytes = 1 << 20
}
