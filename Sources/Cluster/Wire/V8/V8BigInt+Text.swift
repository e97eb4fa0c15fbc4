// SPDX-License-Identifier: Apache-2.0

/// Decimal while that is cheap, beyond it hexadecimal: converting to decimal takes time with the square of the size,
/// and the size comes from outside.
extension V8BigInt {
    /// 4096 bits.
    private static let decimalWordLimit = 64
    /// As many as 4096 bits can need.
    private static let decimalDigitLimit = 1234
    /// The largest power of ten in a word, and its digits.
    private static let chunk: (value: UInt64, digits: Int) = (10_000_000_000_000_000_000, 19)

    /// `-123`, or `-0x1f…` beyond 4096 bits.
    var text: String {
        let sign = isNegative ? "-" : ""
        return sign + (words.count <= Self.decimalWordLimit ? decimalText : hexadecimalText)
    }

    private var decimalText: String {
        var words = words
        var chunks: [UInt64] = []
        while !words.isEmpty {
            var remainder: UInt64 = 0
            for place in words.indices.reversed() {
                (words[place], remainder) = Self.chunk.value.dividingFullWidth((remainder, words[place]))
            }
            chunks.append(remainder)
            while words.last == 0 { words.removeLast() }
        }
        guard let first = chunks.popLast() else { return "0" }
        return chunks.reversed().reduce(into: String(first)) { text, chunk in
            let digits = String(chunk)
            text += String(repeating: "0", count: Self.chunk.digits - digits.count) + digits
        }
    }

    private var hexadecimalText: String {
        words.dropLast().reversed().reduce(into: "0x" + String(words.last ?? 0, radix: 16)) { text, word in
            let digits = String(word, radix: 16)
            text += String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    /// Reads `text`: decimal up to 1234 digits, or `0x` and hexadecimal digits; `-` before either.
    init?(text: String) {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative { digits.removeFirst() }
        let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        let words = isHexadecimal ? Self.words(hexadecimal: digits.dropFirst(2)) : Self.words(decimal: digits)
        guard let words else { return nil }
        self.init(isNegative: isNegative, words: words)
    }

    private static func words(decimal digits: Substring) -> [UInt64]? {
        guard !digits.isEmpty, digits.utf8.count <= decimalDigitLimit else { return nil }
        var words: [UInt64] = []
        for byte in digits.utf8 {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            var carry = UInt64(byte - UInt8(ascii: "0"))
            for place in words.indices {
                let product = words[place].multipliedFullWidth(by: 10)
                let (low, overflow) = product.low.addingReportingOverflow(carry)
                words[place] = low
                carry = product.high + (overflow ? 1 : 0)
            }
            if carry > 0 { words.append(carry) }
        }
        return words
    }

    private static func words(hexadecimal digits: Substring) -> [UInt64]? {
        guard !digits.isEmpty else { return nil }
        var words: [UInt64] = []
        var shift: UInt64 = 0
        for byte in digits.utf8.reversed() {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            if shift == 0 { words.append(0) }
            words[words.count - 1] |= UInt64(digit) << shift
            shift = (shift + 4) % 64
        }
        return words
    }
}
