// SPDX-License-Identifier: Apache-2.0

extension JSONScanner {
    /// Steps over a string; its opening quote is the next byte.
    package mutating func skipString() -> Bool {
        position += 1
        while true {
            skipPlainCharacters()
            guard let byte = peek() else { return false }
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return true
            case UInt8(ascii: "\\"):
                guard skipEscape() else { return false }
            case 0x80...:
                guard skipMultibyteCharacter(byte) else { return false }
            case 0x20...:
                // The last few bytes of the text, which `skipPlainCharacters` leaves.
                position += 1
            default:
                return false
            }
        }
    }

    /// Steps over printable ASCII except quote and backslash, eight bytes at a time. Most of a string consists of it.
    private mutating func skipPlainCharacters() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits: UInt64 = 0x8080_8080_8080_8080
        while text.count - position >= 8 {
            let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            // Subtracting borrows into the high bit of a byte that is too small. A borrow can spoil the bytes above
            // the first such byte only, and only the first counts.
            let special =
                (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word
            let stop = special & highBits
            if stop != 0 {
                position += stop.trailingZeroBitCount >> 3
                return
            }
            position += 8
        }
    }

    /// Steps over an escape; its backslash is the next byte. If it is not valid, the position is that of the wrong byte.
    private mutating func skipEscape() -> Bool {
        position += 1
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
            return true
        case UInt8(ascii: "u"):
            position += 1
            for _ in 0..<4 {
                guard let digit = peek(), Self.isHexDigit(digit) else { return false }
                position += 1
            }
            return true
        default:
            return false
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// Steps over a character of two to four bytes, by the table of well-formed sequences in RFC 3629, section 4:
    /// no overlong form, no surrogate, nothing above U+10FFFF.
    private mutating func skipMultibyteCharacter(_ first: UInt8) -> Bool {
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return false
        }
        guard text.count - position >= length, second.contains(text[position + 1]) else { return false }
        for offset in 2..<4 where offset < length && text[position + offset] & 0xC0 != 0x80 { return false }
        position += length
        return true
    }
}
