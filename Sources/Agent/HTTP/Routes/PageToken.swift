// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// Where the next page of a list begins. It is bound to the filters of the list, and is refused with others.
struct PageToken: Hashable, Sendable {
    /// The last id or seq of the page before.
    var position: Int64
    /// What a place needs beside that, if the list has more than one part.
    var more: [Int64]
    /// The time window that the first page fixed. An age would move on from page to page.
    var since: Timestamp?
    var until: Timestamp?
    /// See `hash(_:)`.
    private var filters: UInt64

    init(
        position: Int64, more: [Int64] = [], since: Timestamp? = nil, until: Timestamp? = nil, filters: [String?]
    ) {
        self.position = position
        self.more = more
        self.since = since
        self.until = until
        self.filters = Self.hash(filters)
    }

    /// Reads a token that a client sent back.
    /// - Parameter count: how many numbers ``more`` has in this list.
    /// - Throws: `INVALID_PAGE_TOKEN` if it is not ours or belongs to another query.
    init(_ text: String, more count: Int = 0, filters: [String?]) throws(ClusterError) {
        let words = Self.words(text, count: 4 + count)
        guard words.count == 4 + count, words[3] == Self.hash(filters) else { throw Self.invalid }
        position = Int64(bitPattern: words[0])
        since = Self.time(words[1])
        until = Self.time(words[2])
        self.filters = words[3]
        more = words[4...].map(Int64.init(bitPattern:))
        // Base64 can be written in several ways. This program accepts only its own.
        guard self.text == text, position >= 0 else { throw Self.invalid }
    }

    static var invalid: ClusterError {
        ClusterError(
            .invalidArgument, .invalidPageToken,
            "this page token belongs to another list: send it with the filters of the page that it came with")
    }

    /// base64url (RFC 4648, section 5) without padding.
    var text: String {
        let words =
            [
                UInt64(bitPattern: position), UInt64(bitPattern: since?.milliseconds ?? .min),
                UInt64(bitPattern: until?.milliseconds ?? .min), filters,
            ] + more.map(UInt64.init(bitPattern:))
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
        return String(
            Data(bytes).base64EncodedString().compactMap { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 == "=" ? nil : $0 })
    }

    private static func words(_ text: String, count: Int) -> [UInt64] {
        let standard = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: standard + padding), data.count == 8 * count else { return [] }
        let bytes = Array(data)
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private static func time(_ word: UInt64) -> Timestamp? {
        let milliseconds = Int64(bitPattern: word)
        return milliseconds == .min ? nil : Timestamp(milliseconds: milliseconds)
    }

    /// A token outlives a restart, and so does this hash.
    private static func hash(_ filters: [String?]) -> UInt64 {
        var hash = StableHash()
        for filter in filters {
            // Neither 0xff nor 0xfe occurs in UTF-8.
            hash.combine(filter.map { Array($0.utf8) + [0xff] } ?? [0xfe])
        }
        return hash.value
    }
}
