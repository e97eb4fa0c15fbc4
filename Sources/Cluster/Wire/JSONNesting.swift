// SPDX-License-Identifier: Apache-2.0

/// The containers that are open at one point of a JSON text, one bit each: a stack that cannot grow.
struct JSONNesting {
    /// The deepest nesting that is taken, as a bound on whoever walks the text after the scanner.
    static let limit = 512

    private var isObject = InlineArray<8, UInt64>(repeating: 0)
    private(set) var depth = 0

    /// False, and nothing opened, at the limit.
    mutating func open(object: Bool) -> Bool {
        guard depth < Self.limit else { return false }
        let bit: UInt64 = 1 << UInt64(depth & 63)
        if object {
            isObject[depth >> 6] |= bit
        } else {
            isObject[depth >> 6] &= ~bit
        }
        depth += 1
        return true
    }

    mutating func close() {
        precondition(depth > 0, "the scanner closes only what it opened")
        depth -= 1
    }

    /// Whether the innermost container is an object; false where none is open.
    var isInObject: Bool {
        guard depth > 0 else { return false }
        return isObject[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 == 1
    }
}
