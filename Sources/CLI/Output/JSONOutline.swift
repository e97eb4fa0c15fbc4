// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Finds where JSON values begin and end, and refuses what is not JSON (RFC 8259).
///
/// It finds places, not values. Bytes come from outside, so nesting must not use the stack: a message that nests very
/// deep hides nothing else in its page.
enum JSONOutline {
    /// The one value in `bytes`, without white space around it.
    static func whole(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let range = bytes.withUnsafeBytes { text -> Range<Int>? in
            var scanner = JSONScanner(text)
            guard let value = scanner.skipValue(), scanner.isAtEnd() else { return nil }
            return value
        }
        return range.map { bytes[at: $0] }
    }

    /// Where `text` stops being JSON: `unexpected 'foo}' at character 2`. Nil if it is one value.
    static func mistake(in text: String) -> String? {
        let bytes = Array(text.utf8)
        let end = bytes.withUnsafeBytes { text -> Int? in
            var scanner = JSONScanner(text)
            return scanner.skipValue() != nil && scanner.isAtEnd() ? nil : scanner.position
        }
        guard let end else { return nil }
        let rest = String(decoding: bytes[end...], as: UTF8.self)
        guard !rest.isEmpty else { return "it ends too early" }
        let place = String(decoding: bytes[..<end], as: UTF8.self).count + 1
        return "unexpected '\(TerminalText.fitting(rest, width: 20))' at character \(place)"
    }

    /// The members of the object in `bytes`, names with their quotes.
    static func members(_ bytes: ArraySlice<UInt8>) -> [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]? {
        bytes.withUnsafeBytes { text in
            var scanner = JSONScanner(text)
            var members: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
            guard scanner.take(UInt8(ascii: "{")) else { return nil }
            if scanner.take(UInt8(ascii: "}")) { return members }
            repeat {
                guard let name = scanner.skipKey(), let value = scanner.skipValue() else { return nil }
                members.append((bytes[at: name.lowerBound - 1..<name.upperBound + 1], bytes[at: value]))
            } while scanner.take(UInt8(ascii: ","))
            return scanner.take(UInt8(ascii: "}")) ? members : nil
        }
    }

    /// The elements of the array in `bytes`. After one element more than `limit` it stops, so that a few bytes for each
    /// element of a hostile array do not become many.
    static func elements(_ bytes: ArraySlice<UInt8>, atMost limit: Int = .max) -> [ArraySlice<UInt8>]? {
        bytes.withUnsafeBytes { text in
            var scanner = JSONScanner(text)
            var elements: [ArraySlice<UInt8>] = []
            guard scanner.take(UInt8(ascii: "[")) else { return nil }
            if scanner.take(UInt8(ascii: "]")) { return elements }
            repeat {
                guard let value = scanner.skipValue() else { return nil }
                elements.append(bytes[at: value])
                if elements.count > limit { return elements }
            } while scanner.take(UInt8(ascii: ","))
            return scanner.take(UInt8(ascii: "]")) ? elements : nil
        }
    }
}

extension ArraySlice<UInt8> {
    /// - Parameter place: counts from the beginning of the slice.
    fileprivate subscript(at place: Range<Int>) -> ArraySlice<UInt8> {
        self[startIndex + place.lowerBound..<startIndex + place.upperBound]
    }
}
