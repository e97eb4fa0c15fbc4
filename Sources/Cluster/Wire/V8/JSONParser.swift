// SPDX-License-Identifier: Apache-2.0

import Shared

/// Turns a JSON text into a plain value: null, booleans, numbers, strings, arrays and objects.
///
/// Takes the texts that `JSONScanner` takes. Of a key that comes twice the last value counts, as with `JSON.parse`.
struct JSONParser {
    private var scanner: JSONScanner
    private var depth = 0
    /// Whether any object has the key `$type`.
    private(set) var hasTypeKey = false

    init(_ text: UnsafeRawBufferPointer) {
        scanner = JSONScanner(text)
    }

    /// The one value of the text.
    mutating func parse() throws(ClusterError) -> V8Value {
        let value = try parseValue()
        guard scanner.isAtEnd() else { throw malformed() }
        return value
    }

    private mutating func parseValue() throws(ClusterError) -> V8Value {
        scanner.skipWhitespace()
        guard let first = scanner.peek() else { throw malformed() }
        switch first {
        case UInt8(ascii: "{"): return .object(try parseObject())
        case UInt8(ascii: "["): return .array(V8Array(try parseArray()))
        default: return try parseScalar(first)
        }
    }

    // Not inlined: the recursion through parseValue would carry its large frame down every level.
    @inline(never)
    private mutating func parseScalar(_ first: UInt8) throws(ClusterError) -> V8Value {
        let start = scanner.position
        switch first {
        case UInt8(ascii: "\""):
            guard scanner.skipString() else { throw malformed() }
            return .string(V8String(jsonContents: scanner.text[start + 1..<scanner.position - 1]))
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default:
            guard scanner.skipNumber() else { throw malformed() }
            let digits = String(decoding: scanner.text[start..<scanner.position], as: UTF8.self)
            guard let number = Double(digits) else { throw malformed() }
            return .number(number)
        }
    }

    private mutating func parseObject() throws(ClusterError) -> [V8Property] {
        try open()
        defer { depth -= 1 }
        var list = V8PropertyList()
        guard !scanner.take(UInt8(ascii: "}")) else { return [] }
        repeat {
            guard let range = scanner.skipKey() else { throw malformed() }
            let key = V8String(jsonContents: scanner.text[range])
            if key == V8Value.typeKey { hasTypeKey = true }
            list.set(key, try parseValue())
        } while scanner.take(UInt8(ascii: ","))
        guard scanner.take(UInt8(ascii: "}")) else { throw malformed() }
        return list.properties
    }

    private mutating func parseArray() throws(ClusterError) -> [V8Value] {
        try open()
        defer { depth -= 1 }
        var elements: [V8Value] = []
        guard !scanner.take(UInt8(ascii: "]")) else { return [] }
        repeat {
            elements.append(try parseValue())
        } while scanner.take(UInt8(ascii: ","))
        guard scanner.take(UInt8(ascii: "]")) else { throw malformed() }
        return elements
    }

    private mutating func literal(_ literal: StaticString, _ value: V8Value) throws(ClusterError) -> V8Value {
        guard scanner.skipLiteral(literal) else { throw malformed() }
        return value
    }

    /// Steps over an opening bracket.
    private mutating func open() throws(ClusterError) {
        guard depth < V8Value.deepest else { throw malformed() }
        depth += 1
        scanner.position += 1
    }

    private func malformed() -> ClusterError {
        ClusterError(
            .invalidArgument, .malformedJSON,
            "not a JSON value (RFC 8259, at most \(V8Value.deepest) levels deep), at byte \(scanner.position)",
            metadata: ["offset": "\(scanner.position)"])
    }
}
