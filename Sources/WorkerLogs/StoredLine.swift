// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// A line as it stands in a segment, looked at without parsing its text.
struct StoredLine {
    /// The whole object, without the end of the line. Valid as long as what it was read into.
    let bytes: UnsafeRawBufferPointer
    let seq: Int64
    /// Nil: the primary script has printed it.
    let worker: Int?
    /// Where its parts stand.
    private let timeStart: Int
    private let streamStart: Int
    private let textStart: Int

    private static let timeLength = 24
    /// All places have 16 digits, and are exact in JavaScript. The time reaches this in the year 2255.
    private static let largestSeq: Int64 = (1 << 53) - 1

    /// Nil if it is no line of ours.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var scanner = Scanner(bytes: bytes)
        guard scanner.take(#"{"seq":"#), let seq = scanner.number(), scanner.take(#","time":""#) else { return nil }
        timeStart = scanner.place
        guard scanner.skip(Self.timeLength), scanner.take(#"","workerId":"#) else { return nil }
        let worker = scanner.number()
        guard worker != nil || scanner.take("null"), scanner.take(#","instance":"#), scanner.takeSource(),
            scanner.take(#","stream":""#)
        else { return nil }
        streamStart = scanner.place
        guard scanner.skipWord(), scanner.take(#"","line":""#), bytes.last == UInt8(ascii: "}"),
            // A power loss may leave NULs, and places beyond this are no places of ours.
            seq <= Self.largestSeq, let start = bytes.baseAddress, memchr(start, 0, bytes.count) == nil
        else { return nil }
        textStart = scanner.place
        self.bytes = bytes
        self.seq = seq
        self.worker = worker.map { Int($0) }
    }

    /// RFC 3339 in UTC with milliseconds, which sorts like the time.
    func isEarlier(than time: [UInt8]) -> Bool {
        time.withUnsafeBytes { memcmp(bytes.baseAddress! + timeStart, $0.baseAddress!, Self.timeLength) < 0 }
    }

    var milliseconds: Int64 {
        let text = String(decoding: bytes[timeStart..<timeStart + Self.timeLength], as: UTF8.self)
        return Timestamp(text)?.milliseconds ?? 0
    }

    /// Whether these are the agent's own words: they mark a place where lines are missing.
    var isMark: Bool { has(stream: LostLines.stream) }

    func has(stream: String) -> Bool {
        var stream = stream + "\""
        return stream.withUTF8 { name in
            streamStart + name.count <= bytes.count
                && memcmp(bytes.baseAddress! + streamStart, name.baseAddress!, name.count) == 0
        }
    }

    /// The text in JSON without its quotes, and what follows it.
    private var textAndRest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[textStart...]) }

    func contains(_ needle: LineNeedle) -> Bool { needle.isIn(textAndRest) }
}

/// A text that lines are to contain.
struct LineNeedle: Sendable {
    private let text: [UInt8]
    /// As it stands in a JSON string.
    private let escaped: [UInt8]

    init(_ text: String) {
        self.text = Array(text.utf8)
        let bytes = LogBytes(capacity: 64)
        self.text.withUnsafeBytes { bytes.appendEscaped($0) }
        escaped = Array(bytes.bytes)
    }

    /// - Parameter json: the text of a line as a JSON string holds it, and what follows.
    func isIn(_ json: UnsafeRawBufferPointer) -> Bool {
        guard !escaped.isEmpty else { return true }
        guard Self.contains(json, escaped) else { return false }
        // It may have been found within an escape, or behind the end of the text.
        return Self.unescaped(json).withUnsafeBytes { Self.contains($0, text) }
    }

    private static func contains(_ bytes: UnsafeRawBufferPointer, _ needle: [UInt8]) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        var place = 0
        while bytes.count - place >= needle.count,
            let found = memchr(start + place, Int32(needle[0]), bytes.count - place - needle.count + 1)
        {
            if memcmp(found, needle, needle.count) == 0 { return true }
            place = UnsafeRawPointer(found) - start + 1
        }
        return false
    }

    /// The text up to the quote that ends it. Of escapes only those that this module writes.
    static func unescaped(_ json: UnsafeRawBufferPointer) -> [UInt8] {
        var plain: [UInt8] = []
        var place = 0
        while place < json.count, json[place] != UInt8(ascii: "\"") {
            guard json[place] == UInt8(ascii: "\\"), place + 1 < json.count else {
                plain.append(json[place])
                place += 1
                continue
            }
            switch json[place + 1] {
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "r"): plain.append(0x0D)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "u") where place + 5 < json.count:
                let digits = String(decoding: json[(place + 2)...(place + 5)], as: UTF8.self)
                plain.append(UInt8(truncatingIfNeeded: UInt16(digits, radix: 16) ?? 0))
                place += 4
            case let other: plain.append(other)
            }
            place += 2
        }
        return plain
    }
}

private struct Scanner {
    let bytes: UnsafeRawBufferPointer
    var place = 0

    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard place + count <= bytes.count, memcmp(bytes.baseAddress! + place, text.utf8Start, count) == 0 else {
            return false
        }
        place += count
        return true
    }

    mutating func number() -> Int64? {
        let start = place
        var number: Int64 = 0
        while place < bytes.count, place - start < 18, case let digit = bytes[place], (0x30...0x39).contains(digit) {
            number = number * 10 + Int64(digit - 0x30)
            place += 1
        }
        return place > start ? number : nil
    }

    /// See `OutputSource.json`.
    mutating func takeSource() -> Bool {
        number() != nil || take("null") || take(#""primary""#)
    }

    mutating func skip(_ count: Int) -> Bool {
        place += count
        return place <= bytes.count
    }

    /// Letters.
    mutating func skipWord() -> Bool {
        while place < bytes.count, (0x61...0x7A).contains(bytes[place]) { place += 1 }
        return place < bytes.count
    }
}
