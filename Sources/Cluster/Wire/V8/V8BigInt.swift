// SPDX-License-Identifier: Apache-2.0

/// An integer of any size: sign and magnitude.
struct V8BigInt: Equatable, Sendable {
    let isNegative: Bool
    /// The magnitude, least significant word first, without leading zeros: zero has no words.
    let words: [UInt64]

    /// Accepts any sign and any number of leading zeros. There is no negative zero.
    init(isNegative: Bool, words: [UInt64]) {
        let count = words.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        self.words = Array(words.prefix(count))
        self.isNegative = isNegative && count > 0
    }
}
