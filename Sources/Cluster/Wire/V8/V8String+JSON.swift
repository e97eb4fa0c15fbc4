// SPDX-License-Identifier: Apache-2.0

extension V8String {
    /// Reads what stands between the quotes of a JSON string that the scanner has found well formed.
    init(jsonContents text: Slice<UnsafeRawBufferPointer>) {
        if text.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) {
            self.init(latin1: Array(text))
            return
        }
        var units: [UInt16] = []
        units.reserveCapacity(text.count)
        var rest = text
        while let escape = rest.firstIndex(of: UInt8(ascii: "\\")) {
            units.append(contentsOf: String(decoding: rest[..<escape], as: UTF8.self).utf16)
            rest = rest[escape...].dropFirst()
            guard let kind = rest.popFirst() else { break }
            units.append(Self.unit(ofEscape: kind, &rest))
        }
        units.append(contentsOf: String(decoding: rest, as: UTF8.self).utf16)
        self.init(utf16: units)
    }

    private static func unit(ofEscape kind: UInt8, _ rest: inout Slice<UnsafeRawBufferPointer>) -> UInt16 {
        switch kind {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            return digits.reduce(0) { $0 << 4 | UInt16(Character(Unicode.Scalar($1)).hexDigitValue ?? 0) }
        default: return UInt16(kind)
        }
    }

    /// Appends the string in quotes, in UTF-8. A lone surrogate is an escape, as `JSON.stringify` writes it.
    ///
    /// - Parameter limit: the most bytes that `text` may then have.
    /// - Returns: false if that is not enough. A part of the string may have been appended then.
    func appendJSON(to text: inout [UInt8], limit: Int) -> Bool {
        // Each unit takes a byte at least.
        guard text.count + length + 2 <= limit else { return false }
        text.append(UInt8(ascii: "\""))
        switch units {
        case .oneByte(let units):
            var plainStart = 0
            for (place, unit) in units.enumerated() where !Self.isPlain(unit) {
                guard text.count <= limit else { return false }
                if plainStart < place { text.append(contentsOf: units[plainStart..<place]) }
                Self.append(UInt16(unit), to: &text)
                plainStart = place + 1
            }
            text.append(contentsOf: units[plainStart...])
        case .twoByte(let units):
            var lead: UInt16?
            for unit in units {
                guard text.count <= limit else { return false }
                if let high = lead, UTF16.isTrailSurrogate(unit) {
                    let scalar = 0x10000 + UInt32(high - 0xD800) << 10 + UInt32(unit - 0xDC00)
                    text.append(UInt8(0xF0 | scalar >> 18))
                    text.append(UInt8(0x80 | scalar >> 12 & 0x3F))
                    text.append(UInt8(0x80 | scalar >> 6 & 0x3F))
                    text.append(UInt8(0x80 | scalar & 0x3F))
                    lead = nil
                    continue
                }
                if let high = lead { Self.appendEscape(high, to: &text) }
                lead = UTF16.isLeadSurrogate(unit) ? unit : nil
                if lead == nil { Self.append(unit, to: &text) }
            }
            if let high = lead { Self.appendEscape(high, to: &text) }
        }
        text.append(UInt8(ascii: "\""))
        return text.count <= limit
    }

    private var length: Int {
        switch units {
        case .oneByte(let units): units.count
        case .twoByte(let units): units.count
        }
    }

    /// Whether it stands for itself in JSON, as one byte.
    private static func isPlain(_ unit: UInt8) -> Bool {
        unit >= 0x20 && unit < 0x80 && unit != 0x22 && unit != 0x5C
    }

    /// Appends a unit that is not half of a pair.
    private static func append(_ unit: UInt16, to text: inout [UInt8]) {
        switch unit {
        case 0x22, 0x5C: append(escape: UInt8(unit), to: &text)
        case 0x20..<0x80: text.append(UInt8(unit))
        case 0x08: append(escape: UInt8(ascii: "b"), to: &text)
        case 0x09: append(escape: UInt8(ascii: "t"), to: &text)
        case 0x0A: append(escape: UInt8(ascii: "n"), to: &text)
        case 0x0C: append(escape: UInt8(ascii: "f"), to: &text)
        case 0x0D: append(escape: UInt8(ascii: "r"), to: &text)
        case 0x00..<0x20, 0xD800...0xDFFF: appendEscape(unit, to: &text)
        case 0x80..<0x800:
            text.append(UInt8(0xC0 | unit >> 6))
            text.append(UInt8(0x80 | unit & 0x3F))
        default:
            text.append(UInt8(0xE0 | unit >> 12))
            text.append(UInt8(0x80 | unit >> 6 & 0x3F))
            text.append(UInt8(0x80 | unit & 0x3F))
        }
    }

    private static func append(escape letter: UInt8, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\\"))
        text.append(letter)
    }

    private static func appendEscape(_ unit: UInt16, to text: inout [UInt8]) {
        append(escape: UInt8(ascii: "u"), to: &text)
        for place: UInt16 in 0..<4 {
            let digit = UInt8(unit >> (12 - place * 4) & 0xF)
            text.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
