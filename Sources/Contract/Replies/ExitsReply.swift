// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/exits`: how many workers ended in each of the last hours.
public struct ExitsReply: Hashable, Codable, Sendable {
    /// The last event that is counted. Who follows the events counts on after it.
    public var throughSeq: Int64
    /// Oldest first. An hour without an exit is there too.
    public var hours: [Hour]

    public init(throughSeq: Int64, hours: [Hour]) {
        self.throughSeq = throughSeq
        self.hours = hours
    }

    /// An hour of UTC.
    public struct Hour: Hashable, Codable, Sendable {
        public var start: Timestamp
        public var exits: Int
        /// Those that nobody asked for and that were not in good order.
        public var failures: Int

        public init(start: Timestamp, exits: Int = 0, failures: Int = 0) {
            self.start = start
            self.exits = exits
            self.failures = failures
        }
    }
}
