// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// What Node's primary writes, as a worker reads it.
@Suite struct PrimaryFrameTests {
    private static let samples: [(line: String, summary: String)] = [
        (#"{"cmd":"NODE_CLUSTER","act":"disconnect","seq":3}"#, "disconnect"),
        (
            #"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","act":"newconn","key":"k","seq":9}}"#,
            "net.Native - newconn k 9"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","errno":null,"key":"k","ack":1,"data":null,"sockname":{"family":"IPv6","address":"::","port":80},"seq":0}"#,
            "answer 1 errno 0 key k port 80"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","errno":-98,"key":"k","ack":1,"data":null,"seq":0}"#,
            "answer 1 errno 98 key k port -"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","errno":-9223372036854775808,"key":"k","ack":1}"#,
            "answer 1 errno 2147483647 key k port -"
        ),
        (
            #"{"cmd":"NODE_CLUSTER","errno":"9223372036854775807","key":"k","ack":1}"#,
            "answer 1 errno -2147483647 key k port -"
        ),
        (#"{"cmd":"NODE_CLUSTER","ack":4,"seq":0}"#, "answer 4 errno 0 key - port -"),
        (#"{"cmd":"NODE_HANDLE_ACK"}"#, "ack"),
        (#"{"cmd":"NODE_HANDLE_NACK"}"#, "nack"),
        (#"{"cmd":"NODE_SOCKET_GET_COUNT","key":"k"}"#, "count k"),
        (#"{"cmd":"NODE_SOCKET_NOTIFY_CLOSE","key":"k"}"#, "allClosed k"),
        (#"{"cmd":"NODE_HANDLE","type":"net.Socket","msg":{"a":1},"key":"4:x"}"#, #"net.Socket 4:x message {"a":1}"#),
        (#"{"hello":["worker"]}"#, #"message {"hello":["worker"]}"#),
        (#"{"cmd":"NODE_OTHER"}"#, "unknown"),
    ]

    @Test(arguments: samples.indices)
    func `the messages of Node's primary are read`(_ index: Int) throws {
        let (line, summary) = Self.samples[index]
        var reader = JSONReader<PrimaryFrame>()
        #expect(try summaries(&reader, Array(line.utf8) + [0x0A]) == [summary])
    }

    @Test(arguments: samples.indices)
    func `the advanced serialization reads the same`(_ index: Int) throws {
        let (line, summary) = Self.samples[index]
        var reader = AdvancedReader<PrimaryFrame>()
        // As the primary writes its own messages, which a program may not send.
        let message = V8Serializer.serialize(try V8Value(json: Array(line.utf8)))
        let length = UInt32(message.count).bigEndian
        let bytes = withUnsafeBytes(of: length) { Array($0) } + message
        #expect(try summaries(&reader, bytes) == [summary])
    }

    @Test(arguments: [#"{"cmd":"NODE_CLUSTER","act":"newconn","seq":1}"#, #"{"cmd":"NODE_HANDLE","msg":1}"#, "{"])
    func `a message that lacks a field is malformed`(_ line: String) {
        var reader = JSONReader<PrimaryFrame>()
        #expect(throws: WireError.self) { try summaries(&reader, Array(line.utf8) + [0x0A]) }
    }

    private func summaries(
        _ reader: inout some WireReader<PrimaryFrame>, _ bytes: [UInt8]
    ) throws(WireError) -> [String] {
        var result: [String] = []
        var failure: WireError?
        bytes.withUnsafeBytes { bytes in
            do throws(WireError) {
                try reader.receive(bytes) { result.append($0.summary) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result
    }
}

extension PrimaryFrame {
    fileprivate var summary: String {
        switch self {
        case .newConnection(let key, let sequence): "newconn \(key) \(sequence)"
        case .disconnect: "disconnect"
        case .answer(let answer):
            "answer \(answer.acknowledged) errno \(answer.errno) key \(answer.key ?? "-") port "
                + (answer.name.map { "\($0.port)" } ?? "-")
        case .handleAcknowledged: "ack"
        case .handleRefused: "nack"
        case .socketList(let query): "\(query.question) \(query.key)"
        case .message(let message):
            "message " + ((try? message.text(room: .max)).map { String(decoding: $0, as: UTF8.self) } ?? "")
        case .withHandle(let kind, let tracker, let frame): "\(kind) \(tracker ?? "-") \(frame.summary)"
        case .unknown: "unknown"
        }
    }
}
