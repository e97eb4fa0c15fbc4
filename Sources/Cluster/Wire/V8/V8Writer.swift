// SPDX-License-Identifier: Apache-2.0

/// The bytes of a serialization as they grow.
struct V8Writer {
    private(set) var bytes: [UInt8] = []

    mutating func tag(_ tag: V8Tag) {
        bytes.append(tag.rawValue)
    }

    mutating func byte(_ byte: UInt8) {
        bytes.append(byte)
    }

    mutating func raw(_ raw: some Collection<UInt8>) {
        bytes.append(contentsOf: raw)
    }

    /// Base 128, least significant group first.
    mutating func varint(_ value: UInt32) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A length or a number of things. A message is far smaller than 4 GiB: its sender's limits see to that.
    mutating func count(_ count: Int) {
        guard let count = UInt32(exactly: count) else {
            preconditionFailure("a message above 4 GiB is refused before it is written")
        }
        varint(count)
    }

    /// A varint in which 0, -1, 1, -2 are 0, 1, 2, 3.
    mutating func zigzag(_ value: Int32) {
        varint(UInt32(bitPattern: (value << 1) ^ (value >> 31)))
    }

    mutating func double(_ value: Double) {
        words([value.bitPattern])
    }

    mutating func words<Word: FixedWidthInteger>(_ words: [Word]) {
        for word in words {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
    }

    mutating func string(_ string: V8String) {
        switch string.units {
        case .oneByte(let units):
            tag(.oneByteString)
            count(units.count)
            raw(units)
        case .twoByte(let units):
            let length = units.count * 2
            // V8 reads the characters where they lie, so they begin at an even offset.
            let lengthBytes = max(1, (Int.bitWidth - length.leadingZeroBitCount + 6) / 7)
            if !(bytes.count + 1 + lengthBytes).isMultiple(of: 2) { tag(.padding) }
            tag(.twoByteString)
            count(length)
            words(units)
        }
    }
}
