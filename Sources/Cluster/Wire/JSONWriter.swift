// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Shared

/// Writes one JSON value and a newline: `serialization: "json"`.
struct JSONWriter: WireWriter {
    func encode(_ message: JSONValue) -> [UInt8] {
        let encoder = JSONEncoder()
        // Programs see this order in `server.address()`. It is that of Node's primary too.
        encoder.outputFormatting = .sortedKeys
        do {
            return try [UInt8](encoder.encode(message)) + [0x0A]
        } catch {
            // No value that is made here holds a number that JSON cannot write.
            preconditionFailure("a message of our own cannot be written: \(error)")
        }
    }

    func frame(_ raw: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: raw.count + 1) { buffer, count in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: raw)
            buffer[raw.count] = 0x0A
            count = raw.count + 1
        }
    }

    func encodeNewConnection(key: String, sequence: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128 + key.utf8.count)
        bytes.append(
            contentsOf: #"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","act":"newconn","key":"#
                .utf8)
        Self.append(quoted: key, to: &bytes)
        bytes.append(contentsOf: #","seq":"#.utf8)
        bytes.append(contentsOf: String(sequence).utf8)
        bytes.append(contentsOf: "}}\n".utf8)
        return bytes
    }

    func encodeConnectionAnswer(to sequence: Int, accepted: Bool, sequence own: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        bytes.append(contentsOf: #"{"cmd":"NODE_HANDLE_ACK"}"#.utf8)
        bytes.append(0x0A)
        bytes.append(contentsOf: #"{"cmd":"NODE_CLUSTER","ack":"#.utf8)
        bytes.append(contentsOf: String(sequence).utf8)
        bytes.append(contentsOf: (accepted ? #","accepted":true,"seq":"# : #","accepted":false,"seq":"#).utf8)
        bytes.append(contentsOf: String(own).utf8)
        bytes.append(contentsOf: "}\n".utf8)
        return bytes
    }

    func encodeMessage(json: [UInt8], handle: HandleKind?) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(json.count + 1)
        if let handle {
            let type = handle.datagramType.map { #","dgramType":"\#($0)""# } ?? ""
            line += #"{"cmd":"NODE_HANDLE","type":"\#(handle.name)"\#(type),"msg":"#.utf8
        }
        // Newlines between tokens are JSON too, but here they would end the message. A string has none.
        if json.withUnsafeBytes({ memchr($0.baseAddress!, 0x0A, $0.count) }) != nil {
            line += json.lazy.filter { $0 != 0x0A }
        } else {
            line += json
        }
        if handle != nil { line.append(UInt8(ascii: "}")) }
        line.append(0x0A)
        return line
    }

    private static func append(quoted string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                bytes += "\\u00".utf8
                bytes += String(byte >> 4, radix: 16).utf8
                bytes += String(byte & 15, radix: 16).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
