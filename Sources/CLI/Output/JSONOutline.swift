// SPDX-License-Identifier: Apache-2.0

/// Finds where JSON values begin and end, and refuses what is not JSON (RFC 8259).
///
/// It knows no values, only places. Bytes come from outside: no index is used unchecked, and no depth of nesting costs
/// stack, so that a message that nests very deep hides nothing else in its page.
struct JSONOutline {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The one value in `bytes` without the white space around it.
    static func whole(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var scanner = JSONOutline(bytes)
        guard let value = scanner.value() else { return nil }
        scanner.skipSpace()
        return scanner.next == nil ? value : nil
    }

    /// Where `text` stops being JSON: `unexpected 'foo}' at character 2`. Nil if it is one value.
    static func mistake(in text: String) -> String? {
        let bytes = Array(text.utf8)
        var scanner = JSONOutline(bytes[...])
        if scanner.value() != nil {
            scanner.skipSpace()
            if scanner.next == nil { return nil }
        }
        let rest = String(decoding: bytes[scanner.position...], as: UTF8.self)
        guard !rest.isEmpty else { return "it ends too early" }
        let place = String(decoding: bytes[..<scanner.position], as: UTF8.self).count + 1
        return "unexpected '\(TerminalText.fitting(rest, width: 20))' at character \(place)"
    }

    /// The members of the object in `bytes`, names with their quotes.
    static func members(_ bytes: ArraySlice<UInt8>) -> [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]? {
        var scanner = JSONOutline(bytes)
        var members: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
        guard scanner.takeNext("{") else { return nil }
        if scanner.takeNext("}") { return members }
        repeat {
            guard let name = scanner.name(), let value = scanner.value() else { return nil }
            members.append((name, value))
        } while scanner.takeNext(",")
        return scanner.takeNext("}") ? members : nil
    }

    /// The elements of the array in `bytes`.
    static func elements(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        var scanner = JSONOutline(bytes)
        var elements: [ArraySlice<UInt8>] = []
        guard scanner.takeNext("[") else { return nil }
        if scanner.takeNext("]") { return elements }
        repeat {
            guard let value = scanner.value() else { return nil }
            elements.append(value)
        } while scanner.takeNext(",")
        return scanner.takeNext("]") ? elements : nil
    }

    private mutating func value() -> ArraySlice<UInt8>? {
        skipSpace()
        let start = position
        /// Of the containers that are open: whether it is an object.
        var open: [Bool] = []
        repeat {
            switch beginValue() {
            case .whole: break
            case .opened(let isObject):
                open.append(isObject)
                continue
            case nil: return nil
            }
            // What follows a value is the next one in its container, or the container's end.
            while let isObject = open.last {
                if takeNext(",") {
                    guard !isObject || name() != nil else { return nil }
                    break
                }
                guard takeNext(isObject ? "}" : "]") else { return nil }
                open.removeLast()
            }
        } while !open.isEmpty
        return bytes[start..<position]
    }

    private enum Beginning {
        case whole
        /// A container that is not empty; an object's first name has been read.
        case opened(isObject: Bool)
    }

    /// Nil if no value begins here.
    private mutating func beginValue() -> Beginning? {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"):
            position += 1
            if takeNext("}") { return .whole }
            return name() == nil ? nil : .opened(isObject: true)
        case UInt8(ascii: "["):
            position += 1
            return takeNext("]") ? .whole : .opened(isObject: false)
        case UInt8(ascii: "\""): return string() ? .whole : nil
        case UInt8(ascii: "t"): return literal("true") ? .whole : nil
        case UInt8(ascii: "f"): return literal("false") ? .whole : nil
        case UInt8(ascii: "n"): return literal("null") ? .whole : nil
        default: return number() ? .whole : nil
        }
    }

    /// A member's name, with the colon behind it.
    private mutating func name() -> ArraySlice<UInt8>? {
        skipSpace()
        let start = position
        guard string() else { return nil }
        let name = bytes[start..<position]
        return takeNext(":") ? name : nil
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = next, byte >= 0x20 {
            position += 1
            if byte == UInt8(ascii: "\"") { return true }
            if byte == UInt8(ascii: "\\"), !escape() { return false }
        }
        return false
    }

    private mutating func escape() -> Bool {
        if take("u") {
            for _ in 0..<4 {
                guard let digit = next, Unicode.Scalar(digit).properties.isASCIIHexDigit else { return false }
                position += 1
            }
            return true
        }
        guard let byte = next, #""\/bfnrt"#.utf8.contains(byte) else { return false }
        position += 1
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") {
            guard digits() else { return false }
        }
        if take("."), !digits() { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func literal(_ text: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { return false }
        position += expected.count
        return true
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    private mutating func takeNext(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        return take(scalar)
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// The byte at the position; nil at the end.
    private var next: UInt8? {
        position < bytes.endIndex ? bytes[position] : nil
    }
}
