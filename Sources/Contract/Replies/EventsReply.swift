// SPDX-License-Identifier: Apache-2.0

public import Shared

/// A page of the history.
public struct EventsReply: Hashable, Codable, Sendable {
    public var events: [Event]
    /// Absent at the end.
    public var nextPageToken: String?

    public init(events: [Event], nextPageToken: String? = nil) {
        self.events = events
        self.nextPageToken = nextPageToken
    }
}
