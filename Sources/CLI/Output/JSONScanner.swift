// SPDX-License-Identifier: Apache-2.0

/// Finds where JSON values begin and end, and refuses what is not JSON (RFC 8259).
///
/// It knows no values, only places. Bytes come from outside: no index is used unchecked.
struct JSONScanner {
    /// More would be an attack on the stack; no reply of an agent comes near.
    private static let deepest = 256

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The one value in `bytes` without the white space around it.
    static func whole(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var scanner = JSONScanner(bytes)
        guard let value = scanner.value(depth: 0) else { return nil }
        scanner.skipSpace()
        return scanner.next == nil ? value : nil
    }

    /// The members of the object in `bytes`, names with their quotes.
    static func members(_ bytes: ArraySlice<UInt8>) -> [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]? {
        var scanner = JSONScanner(bytes)
        scanner.skipSpace()
        var members: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] = []
        return scanner.object(depth: 0, { members.append(($0, $1)) }) ? members : nil
    }

    /// The elements of the array in `bytes`.
    static func elements(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        var scanner = JSONScanner(bytes)
        scanner.skipSpace()
        var elements: [ArraySlice<UInt8>] = []
        return scanner.array(depth: 0, { elements.append($0) }) ? elements : nil
    }

    private mutating func value(depth: Int) -> ArraySlice<UInt8>? {
        guard depth <= Self.deepest else { return nil }
        skipSpace()
        let start = position
        let isWhole =
            switch next {
            case UInt8(ascii: "{"): object(depth: depth, { _, _ in })
            case UInt8(ascii: "["): array(depth: depth, { _ in })
            case UInt8(ascii: "\""): string()
            case UInt8(ascii: "t"): literal("true")
            case UInt8(ascii: "f"): literal("false")
            case UInt8(ascii: "n"): literal("null")
            default: number()
            }
        return isWhole ? bytes[start..<position] : nil
    }

    private mutating func object(
        depth: Int, _ found: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Void
    ) -> Bool {
        guard take("{") else { return false }
        skipSpace()
        if take("}") { return true }
        repeat {
            skipSpace()
            let start = position
            guard string() else { return false }
            let name = bytes[start..<position]
            skipSpace()
            guard take(":"), let value = value(depth: depth + 1) else { return false }
            found(name, value)
            skipSpace()
        } while take(",")
        return take("}")
    }

    private mutating func array(depth: Int, _ found: (ArraySlice<UInt8>) -> Void) -> Bool {
        guard take("[") else { return false }
        skipSpace()
        if take("]") { return true }
        repeat {
            guard let value = value(depth: depth + 1) else { return false }
            found(value)
            skipSpace()
        } while take(",")
        return take("]")
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = pop() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case 0..<0x20: return false
            default: continue
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        switch pop() {
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard let digit = pop(), Unicode.Scalar(digit).properties.isASCIIHexDigit else {
                    return false
                }
            }
            return true
        case .some(let byte): return #""\/bfnrt"#.utf8.contains(byte)
        case nil: return false
        }
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

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// The byte at the position; nil at the end.
    private var next: UInt8? {
        position < bytes.endIndex ? bytes[position] : nil
    }

    private mutating func pop() -> UInt8? {
        guard let byte = next else { return nil }
        position += 1
        return byte
    }
}
