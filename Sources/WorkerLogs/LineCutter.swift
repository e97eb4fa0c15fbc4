// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Cuts bytes that come in pieces into lines. A line that is too long comes in parts.
struct LineCutter {
    /// The most bytes of a line, or of a part of one.
    static let longest = 64 << 10

    /// The line that has no end yet.
    private var rest: [UInt8] = []

    /// Takes more bytes and gives out the lines that are whole now, without their ends.
    ///
    /// - Parameter line: called for each line or part. `isPartial` tells that the line goes on in the next one. The bytes are
    ///   valid during the call only.
    mutating func cut(
        _ bytes: UnsafeRawBufferPointer, _ line: (_ bytes: UnsafeRawBufferPointer, _ isPartial: Bool) -> Void
    ) {
        var left = bytes[...]
        if !rest.isEmpty {
            let end = Self.lineEnd(in: left)
            rest.append(contentsOf: left[..<(end ?? left.endIndex)])
            left = end.map { left[($0 + 1)...] } ?? left[left.endIndex...]
            takeParts(isWhole: end != nil, line)
            guard end != nil else { return }
        }
        while let end = Self.lineEnd(in: left) {
            let whole = Self.parts(of: UnsafeRawBufferPointer(rebasing: left[..<end]), line)
            line(whole, false)
            left = left[(end + 1)...]
        }
        guard !left.isEmpty else { return }
        rest.append(contentsOf: left)
        takeParts(isWhole: false, line)
    }

    /// Gives out the last line if it has no end: nothing more comes that belongs to it.
    mutating func finish(_ line: (_ bytes: UnsafeRawBufferPointer, _ isPartial: Bool) -> Void) {
        if !rest.isEmpty { takeParts(isWhole: true, line) }
    }

    private mutating func takeParts(isWhole: Bool, _ line: (UnsafeRawBufferPointer, Bool) -> Void) {
        let left = rest.withUnsafeBytes { bytes in
            let left = Self.parts(of: bytes, line)
            if isWhole { line(left, false) }
            return isWhole ? 0 : left.count
        }
        rest.removeFirst(rest.count - left)
    }

    /// Gives out all parts but the last, and returns that.
    private static func parts(
        of bytes: UnsafeRawBufferPointer, _ line: (UnsafeRawBufferPointer, Bool) -> Void
    ) -> UnsafeRawBufferPointer {
        var left = bytes
        while left.count > longest {
            let count = wholeCharacters(in: left)
            line(UnsafeRawBufferPointer(rebasing: left[..<count]), true)
            left = UnsafeRawBufferPointer(rebasing: left[count...])
        }
        return left
    }

    /// Where to cut so that no character of UTF-8 is cut, if these are characters.
    private static func wholeCharacters(in bytes: UnsafeRawBufferPointer) -> Int {
        for count in stride(from: longest, to: longest - 4, by: -1) where bytes[count] & 0b1100_0000 != 0b1000_0000 {
            return count
        }
        return longest
    }

    private static func lineEnd(in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard let start = bytes.base.baseAddress, !bytes.isEmpty else { return nil }
        guard let end = memchr(start + bytes.startIndex, Int32(UInt8(ascii: "\n")), bytes.count) else { return nil }
        return UnsafeRawPointer(end) - start
    }
}
