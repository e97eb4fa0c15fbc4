// SPDX-License-Identifier: Apache-2.0

/// A regular expression. Only the worker's V8 can tell whether its source is valid.
struct V8RegExp: Equatable, Sendable {
    var source: V8String
    var flags: Flags

    /// The bits are those of V8's `RegExpFlag`.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt32

        /// In the order of `RegExp.prototype.flags`, with the bit of each. `l` is V8's own linear engine.
        private static let letters: [(letter: Character, bit: UInt32)] = [
            ("d", 1 << 7), ("g", 1 << 0), ("i", 1 << 1), ("l", 1 << 6), ("m", 1 << 2), ("s", 1 << 5),
            ("u", 1 << 4), ("v", 1 << 8), ("y", 1 << 3),
        ]
        private static let unicode: UInt32 = 1 << 4 | 1 << 8

        init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Nil for bits that V8 does not know and for `u` together with `v`.
        init?(wire bits: UInt32) {
            guard bits >> 9 == 0, bits & Self.unicode != Self.unicode else { return nil }
            self.init(rawValue: bits)
        }

        /// Nil for an unknown letter, one that comes twice, and for `u` together with `v`.
        init?(letters text: String) {
            var bits: UInt32 = 0
            for character in text {
                guard let bit = Self.letters.first(where: { $0.letter == character })?.bit, bits & bit == 0 else {
                    return nil
                }
                bits |= bit
            }
            self.init(wire: bits)
        }

        var letters: String {
            String(Self.letters.filter { rawValue & $0.bit != 0 }.map(\.letter))
        }
    }
}
