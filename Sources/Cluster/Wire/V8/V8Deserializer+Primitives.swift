// SPDX-License-Identifier: Apache-2.0

import Shared

extension V8Deserializer {
    mutating func readString(_ tag: V8Tag) throws(ClusterError) -> V8String {
        try take(48)
        switch tag {
        case .oneByteString:
            return V8String(latin1: Array(try reader.raw(Int(try reader.varint()))))
        case .utf8String:
            return V8String(String(decoding: try reader.raw(Int(try reader.varint())), as: UTF8.self))
        case .twoByteString:
            let bytes = try reader.raw(Int(try reader.varint()))
            guard bytes.count.isMultiple(of: 2) else { throw reader.malformed("half a character in a string") }
            return V8String(
                utf16: (0..<bytes.count / 2).map {
                    UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self))
                })
        default:
            throw reader.malformed("tag \(tag.rawValue) where a string begins")
        }
    }

    mutating func readBigInt() throws(ClusterError) -> V8BigInt {
        let bits = try reader.varint()
        let bytes = try reader.raw(Int(bits >> 1))
        var words = [UInt64](repeating: 0, count: (bytes.count + 7) / 8)
        for (place, byte) in bytes.enumerated() {
            words[place / 8] |= UInt64(byte) << UInt64(place % 8 * 8)
        }
        return V8BigInt(isNegative: bits & 1 == 1, words: words)
    }

    mutating func readRegExp() throws(ClusterError) -> V8RegExp {
        let source = try readString(try reader.tag())
        let bits = try reader.varint()
        guard let flags = V8RegExp.Flags(wire: bits) else {
            throw reader.malformed("unknown flags \(bits) of a regular expression")
        }
        return V8RegExp(source: source, flags: flags)
    }

    mutating func readArrayBuffer(isResizable: Bool) throws(ClusterError) -> V8Value {
        let length = try reader.varint()
        guard isResizable else {
            return .arrayBuffer(Array(try reader.raw(Int(length))), maxByteLength: nil)
        }
        let maximum = try reader.varint()
        guard length <= maximum else { throw reader.malformed("a buffer longer than it may become") }
        return .arrayBuffer(Array(try reader.raw(Int(length))), maxByteLength: maximum)
    }
}
