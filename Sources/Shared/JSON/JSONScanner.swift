// SPDX-License-Identifier: Apache-2.0

/// Checks JSON texts (RFC 8259) where they lie: no recursion, one pass, and no allocation up to a depth of 512.
///
/// Takes what V8's `JSON.parse` takes, in UTF-8: lone surrogates are allowed as `\u` escapes. One bound is its own:
/// the bytes are valid UTF-8 (RFC 3629).
package struct JSONScanner {
    package let text: UnsafeRawBufferPointer
    /// Never above `text.count`; every read is behind a comparison with it.
    package var position = 0

    package init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// Whether the text is exactly one well-formed value, with or without whitespace around it.
    package static func validate(_ text: UnsafeRawBufferPointer) -> Bool {
        var scanner = JSONScanner(text)
        return scanner.skipValue(JSONNesting()) && scanner.isAtEnd()
    }

    /// Calls `body` for each member of an object, not for those of the objects inside.
    ///
    /// The key is raw: the bytes between the quotes, escapes unresolved. The range is the value's, without whitespace around it.
    /// - Returns: false if the text is not exactly one well-formed object. Members before the flaw have been reported then.
    package static func forEachMember(
        _ text: UnsafeRawBufferPointer, _ body: (_ key: UnsafeRawBufferPointer, _ value: Range<Int>) -> Void
    ) -> Bool {
        var scanner = JSONScanner(text)
        var nesting = JSONNesting()
        guard scanner.take(UInt8(ascii: "{")) else { return false }
        nesting.open(object: true)
        if scanner.take(UInt8(ascii: "}")) { return scanner.isAtEnd() }
        repeat {
            guard let key = scanner.skipKey() else { return false }
            scanner.skipWhitespace()
            let start = scanner.position
            guard scanner.skipValue(nesting) else { return false }
            body(UnsafeRawBufferPointer(rebasing: text[key]), start..<scanner.position)
        } while scanner.take(UInt8(ascii: ","))
        return scanner.take(UInt8(ascii: "}")) && scanner.isAtEnd()
    }

    /// Steps over one value and the whitespace before it. Returns where the value stands; nil if there is none.
    package mutating func skipValue() -> Range<Int>? {
        skipWhitespace()
        let start = position
        return skipValue(JSONNesting()) ? start..<position : nil
    }

    /// Steps over one value and the whitespace before it. `outer` is what is open around it.
    private mutating func skipValue(_ outer: JSONNesting) -> Bool {
        var nesting = outer
        while true {
            switch beginValue(&nesting) {
            case .malformed: return false
            case .opened: continue
            case .complete: break
            }
            // Close everything that ends here, until a comma asks for another value.
            while true {
                if nesting.depth == outer.depth { return true }
                let isInObject = nesting.isInObject
                if take(UInt8(ascii: ",")) {
                    if isInObject, skipKey() == nil { return false }
                    break
                }
                guard take(isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return false }
                nesting.close()
            }
        }
    }

    private enum Beginning {
        case malformed
        /// A container that has members. Its first value comes next.
        case opened
        /// A scalar or an empty container, the whole of it.
        case complete
    }

    private mutating func beginValue(_ nesting: inout JSONNesting) -> Beginning {
        skipWhitespace()
        guard let first = peek() else { return .malformed }
        switch first {
        case UInt8(ascii: "{"):
            position += 1
            nesting.open(object: true)
            if take(UInt8(ascii: "}")) {
                nesting.close()
                return .complete
            }
            return skipKey() == nil ? .malformed : .opened
        case UInt8(ascii: "["):
            position += 1
            nesting.open(object: false)
            if take(UInt8(ascii: "]")) {
                nesting.close()
                return .complete
            }
            return .opened
        case UInt8(ascii: "\""): return skipString() ? .complete : .malformed
        case UInt8(ascii: "t"): return skipLiteral("true") ? .complete : .malformed
        case UInt8(ascii: "f"): return skipLiteral("false") ? .complete : .malformed
        case UInt8(ascii: "n"): return skipLiteral("null") ? .complete : .malformed
        default: return skipNumber() ? .complete : .malformed
        }
    }
}
