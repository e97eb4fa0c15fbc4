// SPDX-License-Identifier: Apache-2.0

import Shared

/// The bytes of a serialization, read from front to back. Each length is compared with the rest.
struct V8Reader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Bytes not yet read.
    var remaining: Int { bytes.count - position }

    mutating func byte() throws(ClusterError) -> UInt8 {
        guard position < bytes.count else { throw malformed("it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func tag() throws(ClusterError) -> V8Tag {
        while true {
            guard let tag = V8Tag(rawValue: try byte()) else {
                position -= 1
                throw malformed("unknown tag \(bytes[position])")
            }
            if tag != .padding { return tag }
        }
    }

    /// Steps over the tag if it comes next.
    mutating func take(_ tag: V8Tag) throws(ClusterError) -> Bool {
        let start = position
        if try self.tag() == tag { return true }
        position = start
        return false
    }

    /// Base 128, least significant group first.
    mutating func varint() throws(ClusterError) -> UInt32 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            let byte = try byte()
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                guard let value = UInt32(exactly: value) else { break }
                return value
            }
        }
        throw malformed("a number has more than 32 bits")
    }

    /// A varint in which 0, -1, 1, -2 are 0, 1, 2, 3.
    mutating func zigzag() throws(ClusterError) -> Int32 {
        let value = try varint()
        return Int32(bitPattern: value >> 1) ^ -Int32(bitPattern: value & 1)
    }

    /// JavaScript has only one NaN.
    mutating func double() throws(ClusterError) -> Double {
        let bits = try raw(8).loadUnaligned(as: UInt64.self)
        let double = Double(bitPattern: UInt64(littleEndian: bits))
        return double.isNaN ? .nan : double
    }

    /// The next `count` bytes; valid as long as the input is.
    mutating func raw(_ count: Int) throws(ClusterError) -> UnsafeRawBufferPointer {
        guard count <= remaining else { throw malformed("a length of \(count) is more than is left") }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    func malformed(_ what: String) -> ClusterError {
        ClusterError(
            .invalidArgument, .malformedSerialization, "not a V8 serialization: \(what), at byte \(position)",
            metadata: ["offset": "\(position)"])
    }
}
