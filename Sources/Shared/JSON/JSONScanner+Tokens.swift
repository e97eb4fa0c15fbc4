// SPDX-License-Identifier: Apache-2.0

extension JSONScanner {
    package func peek() -> UInt8? {
        position < text.count ? text[position] : nil
    }

    package mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    /// Steps over whitespace, and over `byte` if it comes next.
    package mutating func take(_ byte: UInt8) -> Bool {
        skipWhitespace()
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    /// Whether nothing but whitespace is left.
    package mutating func isAtEnd() -> Bool {
        skipWhitespace()
        return position == text.count
    }

    /// Steps over a member's key and its colon. Returns what stands between the quotes.
    package mutating func skipKey() -> Range<Int>? {
        skipWhitespace()
        guard peek() == UInt8(ascii: "\"") else { return nil }
        let start = position + 1
        guard skipString() else { return nil }
        let end = position - 1
        return take(UInt8(ascii: ":")) ? start..<end : nil
    }

    package mutating func skipLiteral(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard text.count - position >= length else { return false }
        for offset in 0..<length where text[position + offset] != literal.utf8Start[offset] { return false }
        position += length
        return true
    }

    package mutating func skipNumber() -> Bool {
        if peek() == UInt8(ascii: "-") { position += 1 }
        if peek() == UInt8(ascii: "0") {
            position += 1
        } else {
            guard skipDigits() else { return false }
        }
        if peek() == UInt8(ascii: ".") {
            position += 1
            guard skipDigits() else { return false }
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            position += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() else { return false }
        }
        return true
    }

    /// False if not one digit stands here.
    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            position += 1
        }
        return position > start
    }
}
