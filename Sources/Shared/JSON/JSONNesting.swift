// SPDX-License-Identifier: Apache-2.0

/// The containers that are open at one point of a JSON text. Each takes a bit, and the few that are very deep take a
/// byte.
struct JSONNesting {
    /// Levels that need no allocation; V8 writes a few thousand at most.
    private static let inlineLevels = 512

    private var isObject = InlineArray<8, UInt64>(repeating: 0)
    private var deeper: [Bool] = []
    private(set) var depth = 0

    mutating func open(object: Bool) {
        defer { depth += 1 }
        guard depth < Self.inlineLevels else { return deeper.append(object) }
        let bit: UInt64 = 1 << UInt64(depth & 63)
        if object {
            isObject[depth >> 6] |= bit
        } else {
            isObject[depth >> 6] &= ~bit
        }
    }

    mutating func close() {
        precondition(depth > 0, "the scanner closes only what it opened")
        depth -= 1
        if depth >= Self.inlineLevels { deeper.removeLast() }
    }

    /// Whether the innermost container is an object; false if none is open.
    var isInObject: Bool {
        guard depth > 0 else { return false }
        let level = depth - 1
        guard level < Self.inlineLevels else { return deeper[level - Self.inlineLevels] }
        return isObject[level >> 6] >> UInt64(level & 63) & 1 == 1
    }
}
