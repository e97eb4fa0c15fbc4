// SPDX-License-Identifier: Apache-2.0

/// The end of a program's output.
struct OutputTail {
    /// How many are kept.
    static let capacity = 4096

    private var bytes: [UInt8] = []

    mutating func append(_ more: some Collection<UInt8>) {
        let new = more.suffix(Self.capacity)
        let surplus = bytes.count + new.count - Self.capacity
        if surplus > 0 { bytes.removeFirst(surplus) }
        bytes += new
    }

    /// Nil if nothing was written. It begins with a whole character. Invalid UTF-8 and NUL, which ends a text in C, are
    /// replaced.
    var text: String? {
        guard !bytes.isEmpty else { return nil }
        let whole = bytes.count < Self.capacity ? bytes[...] : bytes.drop { $0 & 0b1100_0000 == 0b1000_0000 }
        return String(decoding: whole.map { $0 == 0 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
    }
}
