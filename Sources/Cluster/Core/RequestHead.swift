// SPDX-License-Identifier: Apache-2.0

import Shared

/// The beginning of an HTTP/1 request. More of it may still come. Its bytes come from a stranger.
struct RequestHead {
    enum Finding: Hashable {
        /// The hash of the field's value.
        case value(UInt32)
        /// It is no HTTP/1 request, or its head has no such field.
        case absent
        /// More has to come.
        case incomplete
    }

    /// Longer heads are not looked at.
    static let limit = 8192

    /// In small letters.
    private let name: [UInt8]
    /// Whether the value is a list that each proxy extends: its first element is the client.
    private let isList: Bool

    /// - Parameter name: of a header field, in any case.
    init(field name: String) {
        self.name = name.utf8.map(Self.small)
        isList = name.lowercased() == "x-forwarded-for"
    }

    /// Looks for the first such field (RFC 9112, sections 2.1 and 5).
    func find(in bytes: UnsafeRawBufferPointer) -> Finding {
        // A server ignores empty lines before a request (RFC 9112, 2.2).
        guard var start = bytes.firstIndex(where: { $0 != Self.return && $0 != Self.newline }) else {
            return .incomplete
        }
        // A method begins with a letter, and what TLS says first does not (RFC 8446, 5.1).
        guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(Self.small(bytes[start])) else { return .absent }
        var isRequestLine = true
        while let end = bytes[start...].firstIndex(of: Self.newline) {
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            start = end + 1
            if isRequestLine {
                // Nothing else has to be awaited in another protocol.
                guard Self.isRequestLine(line) else { return .absent }
                isRequestLine = false
            } else if line.allSatisfy({ $0 == Self.return }) {
                return .absent
            } else if let value = value(of: line) {
                return .value(value)
            }
        }
        return .incomplete
    }

    /// Whether it ends with HTTP/1 and a minor version (RFC 9112, 2.3).
    private static func isRequestLine(_ line: UnsafeRawBufferPointer) -> Bool {
        let line = line.last == Self.return ? line.dropLast() : line[...]
        return line.dropLast().suffix(7).elementsEqual("HTTP/1.".utf8)
    }

    /// The value's hash if the line is this field and has a value.
    private func value(of line: UnsafeRawBufferPointer) -> UInt32? {
        guard line.count > name.count, line[name.count] == UInt8(ascii: ":"),
            line.prefix(name.count).elementsEqual(name, by: { Self.small($0) == $1 })
        else { return nil }
        var value = line.dropFirst(name.count + 1)
        if isList, let comma = value.firstIndex(of: UInt8(ascii: ",")) { value = value[..<comma] }
        while let first = value.first, Self.isSpace(first) { value.removeFirst() }
        while let last = value.last, Self.isSpace(last) { value.removeLast() }
        if isList { value = Self.withoutPort(value) }
        guard !value.isEmpty else { return nil }
        var hash = StableHash()
        hash.combine(value)
        return UInt32(truncatingIfNeeded: hash.value ^ hash.value >> 32)
    }

    /// Some proxies add the client's port, which changes with each connection: `192.0.2.1:5555`, `[2001:db8::1]:5555`.
    private static func withoutPort(_ address: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        if address.first == UInt8(ascii: "["), let end = address.firstIndex(of: UInt8(ascii: "]")) {
            return address[..<end].dropFirst()
        }
        guard let colon = address.firstIndex(of: UInt8(ascii: ":")), colon == address.lastIndex(of: UInt8(ascii: ":"))
        else { return address }
        return address[..<colon]
    }

    private static let newline = UInt8(ascii: "\n")
    private static let `return` = UInt8(ascii: "\r")

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == Self.return
    }

    private static func small(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
