// SPDX-License-Identifier: Apache-2.0

/// A JavaScript string: UTF-16 code units, lone surrogates among them, which a Swift `String` cannot hold.
///
/// Like V8, it takes one byte per unit if all of them fit (Latin-1). Each string has only one form.
struct V8String: Hashable, Sendable {
    enum Units: Hashable, Sendable {
        case oneByte([UInt8])
        /// At least one unit is above 0xFF.
        case twoByte([UInt16])
    }

    let units: Units

    init(latin1 bytes: [UInt8]) {
        units = .oneByte(bytes)
    }

    init(utf16 units: [UInt16]) {
        if units.allSatisfy({ $0 <= 0xFF }) {
            self.units = .oneByte(units.map { UInt8(truncatingIfNeeded: $0) })
        } else {
            self.units = .twoByte(units)
        }
    }

    init(_ string: String) {
        if string.utf8.allSatisfy({ $0 < 0x80 }) {
            self.init(latin1: Array(string.utf8))
        } else {
            self.init(utf16: Array(string.utf16))
        }
    }

    /// The key under which JavaScript keeps an array's element.
    init(index: UInt32) {
        units = .oneByte(Array(String(index).utf8))
    }

    /// The array index that this key is: a decimal number below 2^32 - 1 as `String(number)` writes it (ECMA-262, 6.1.7).
    var arrayIndex: UInt32? {
        guard case .oneByte(let bytes) = units, let first = bytes.first, bytes.count <= 10 else { return nil }
        if first == UInt8(ascii: "0") { return bytes.count == 1 ? 0 : nil }
        var index: UInt64 = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            index = index * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return index < UInt64(UInt32.max) ? UInt32(index) : nil
    }
}

extension V8String: CustomStringConvertible {
    /// A lone surrogate becomes U+FFFD.
    var description: String {
        switch units {
        case .oneByte(let bytes):
            bytes.allSatisfy { $0 < 0x80 }
                ? String(decoding: bytes, as: UTF8.self) : String(decoding: bytes.map(UInt16.init), as: UTF16.self)
        case .twoByte(let units): String(decoding: units, as: UTF16.self)
        }
    }
}

extension V8String: ExpressibleByStringLiteral {
    init(stringLiteral value: String) {
        self.init(value)
    }
}
