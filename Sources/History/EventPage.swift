// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Events that follow each other, as many as one reads at a time.
package struct EventPage: Sendable {
    /// A page ends before it passes this, unless one event alone does: a thousand messages may be a gigabyte.
    package static let maxBytes = 4 << 20

    package private(set) var events: [Event] = []
    /// There are more behind the last.
    package private(set) var hasMore = false
    private var bytes = 0
    private let maxBytes: Int

    init(maxBytes: Int = Self.maxBytes) {
        self.maxBytes = maxBytes
    }

    /// - Returns: false if it does not fit any more.
    mutating func append(_ event: Event, atMost limit: Int) -> Bool {
        let size = event.data.bytes
        guard events.count < limit, events.isEmpty || bytes + size <= maxBytes else {
            hasMore = true
            return false
        }
        events.append(event)
        bytes += size
        return true
    }
}

extension EventData {
    /// Roughly how many bytes it takes to show.
    fileprivate var bytes: Int {
        switch self {
        case .text(let text): 256 + text.count
        case .value(let value): 256 + value.bytes
        }
    }
}

extension JSONValue {
    fileprivate var bytes: Int {
        switch self {
        case .null, .bool, .integer, .number: 8
        case .string(let text): 2 + text.utf8.count
        case .array(let items): items.reduce(2) { $0 + 1 + $1.bytes }
        case .object(let fields): fields.reduce(2) { $0 + 4 + $1.key.utf8.count + $1.value.bytes }
        }
    }
}
