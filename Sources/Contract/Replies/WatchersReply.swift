// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/watchers`: who reads events or lines as they come, the newest last.
public struct WatchersReply: Hashable, Codable, Sendable {
    public var watchers: [Watcher]

    public init(watchers: [Watcher]) {
        self.watchers = watchers
    }

    /// One stream that somebody reads.
    public struct Watcher: Hashable, Codable, Sendable {
        public var principal: String
        public var watches: Stream
        public var since: Timestamp

        public enum Stream: String, Codable, Sendable {
            case events
            /// What workers print.
            case logs
        }

        public init(principal: String, watches: Stream, since: Timestamp) {
            self.principal = principal
            self.watches = watches
            self.since = since
        }
    }
}
