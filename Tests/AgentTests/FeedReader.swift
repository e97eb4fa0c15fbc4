// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Agent

/// Reads a feed event by event.
struct FeedReader {
    enum Element: Hashable {
        case event(Event), idle, lagged
    }

    private var iterator: EventFeedIterator
    private var ready: [Event] = []

    init(_ feed: EventFeed) {
        iterator = feed.makeAsyncIterator()
    }

    mutating func next() async throws -> Element? {
        if ready.isEmpty {
            switch try await iterator.next() {
            case .events(let several): ready = several.flatMap(\.events)
            case .idle: return .idle
            case .lagged: return .lagged
            case nil: return nil
            }
        }
        return .event(ready.removeFirst())
    }
}
