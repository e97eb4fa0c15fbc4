// SPDX-License-Identifier: Apache-2.0

/// Bytes that grow at their end. A class, because they go from the thread that reads to the one that writes, and back to be
/// used again.
// Unchecked: it has one owner at a time, who hands it on under a lock.
final class LogBytes: @unchecked Sendable {
    private(set) var start: UnsafeMutableRawPointer
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int = 128 << 10) {
        self.capacity = capacity
        start = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { start.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    func removeAll() { count = 0 }

    func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        guard let source = bytes.baseAddress else { return }
        (start + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private func reserve(_ more: Int) {
        guard count + more > capacity else { return }
        capacity = max(2 * capacity, count + more)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }

    // MARK: Text in JSON

    /// Appends what stands between the quotes of a JSON string (RFC 8259, 7). Bytes that are no UTF-8 become U+FFFD, as
    /// many as `String(decoding:as:)` makes of them.
    func appendEscaped(_ text: UnsafeRawBufferPointer) {
        guard let source = text.baseAddress else { return }
        // A byte takes six at most, and a word is always written whole.
        reserve(6 * text.count + 8)
        var output = start + count
        var place = 0
        while place < text.count {
            // Nearly all text is plain: eight bytes at a time.
            while place + 8 <= text.count {
                let word = (source + place).loadUnaligned(as: UInt64.self)
                guard Self.isPlain(word) else { break }
                output.storeBytes(of: word, as: UInt64.self)
                output += 8
                place += 8
            }
            guard place < text.count else { break }
            place += Self.escape(source + place, left: text.count - place, &output)
        }
        count = output - start
    }

    /// Whether eight bytes stand for themselves: none is below the space, above ASCII, a quote or a backslash.
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        let below = (word &- ones &* 0x20) & ~word
        let found = word | below | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return found & highs == 0
    }

    /// Writes one character and returns how many bytes of the source it was.
    private static func escape(_ source: UnsafeRawPointer, left: Int, _ output: inout UnsafeMutableRawPointer) -> Int {
        let byte = source.load(as: UInt8.self)
        func put(_ byte: UInt8) {
            output.storeBytes(of: byte, as: UInt8.self)
            output += 1
        }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            put(UInt8(ascii: "\\"))
            put(byte)
        case 0x09:
            put(UInt8(ascii: "\\"))
            put(UInt8(ascii: "t"))
        case 0x0A:
            put(UInt8(ascii: "\\"))
            put(UInt8(ascii: "n"))
        case 0x0D:
            put(UInt8(ascii: "\\"))
            put(UInt8(ascii: "r"))
        case ..<0x20:
            for character in "\\u00".utf8 { put(character) }
            put(hexDigit(byte >> 4))
            put(hexDigit(byte & 15))
        case ..<0x80:
            put(byte)
        default:
            let (length, isValid) = character(source, left: left)
            if isValid {
                for index in 0..<length { put(source.load(fromByteOffset: index, as: UInt8.self)) }
            } else {
                // U+FFFD
                put(0xEF)
                put(0xBF)
                put(0xBD)
            }
            return length
        }
        return 1
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The length of a character beyond ASCII (The Unicode Standard, table 3-7), or of what is to be replaced by one U+FFFD.
    private static func character(_ source: UnsafeRawPointer, left: Int) -> (length: Int, isValid: Bool) {
        func byte(_ index: Int) -> UInt8 { source.load(fromByteOffset: index, as: UInt8.self) }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch byte(0) {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: length = 3
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return (1, false)
        }
        for index in 1..<length {
            guard index < left, (index == 1 ? second : 0x80...0xBF).contains(byte(index)) else { return (index, false) }
        }
        return (length, true)
    }
}
