// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct AdvancedReaderTests {
    private var reader = AdvancedReader<WorkerFrame>()

    @Test(arguments: NodeAdvancedBytes.frames.indices)
    mutating func `messages of a Node worker are read`(_ index: Int) {
        let (hexadecimal, summary) = NodeAdvancedBytes.frames[index]
        let (frames, error) = reader.read(NodeAdvancedBytes.bytes(hexadecimal))
        #expect(frames == [summary])
        #expect(error == nil)
    }

    @Test mutating func `several messages in one read come in order`() {
        #expect(reader.read(NodeAdvancedBytes.stream).frames == NodeAdvancedBytes.summaries)
    }

    @Test func `messages may be split at any byte, also within a length`() {
        let stream = NodeAdvancedBytes.stream
        for cut in 0...stream.count {
            var reader = AdvancedReader<WorkerFrame>()
            let frames = reader.read(stream[..<cut]).frames + reader.read(stream[cut...]).frames
            guard frames == NodeAdvancedBytes.summaries else {
                Issue.record("cut at \(cut): \(frames)")
                return
            }
        }
    }

    @Test mutating func `messages may come byte by byte`() {
        #expect(NodeAdvancedBytes.stream.flatMap { reader.read([$0]).frames } == NodeAdvancedBytes.summaries)
    }

    @Test(
        arguments: [
            [0, 0, 0, 0], [0, 0, 0, 1, 0xFF], [0, 0, 0, 2, 0xFF, 0x0F], [0, 0, 0, 3, 0xFF, 0x0F, 0x01],
            [0, 0, 0, 3, 0x00, 0x00, 0x5F], Array("GET / HTTP/1.1\r\n\r\n".utf8),
            Array("{\"cmd\":\"NODE_CLUSTER\"}\n".utf8),
            [0xFF, 0xFF, 0xFF, 0xFF], [0x08, 0, 0, 1],
        ] as [[UInt8]])
    mutating func `bytes that are not a frame end the stream with an error`(_ bytes: [UInt8]) {
        let (frames, error) = reader.read(bytes)
        #expect(frames.isEmpty)
        #expect(error != nil)
    }

    @Test mutating func `messages before the garbage are delivered`() {
        let (frames, error) = reader.read(NodeAdvancedBytes.stream + [0, 0, 0, 1, 0])
        #expect(frames == NodeAdvancedBytes.summaries)
        #expect(error != nil)
    }

    @Test func `both serializations say the same of each internal message`() {
        let messages: [JSONValue] = [
            ["cmd": "NODE_CLUSTER", "act": "online"], ["cmd": "NODE_CLUSTER"], ["cmd": "NODE_X", "ack": 5],
            ["cmd": "NODE_HANDLE_ACK"], ["cmd": "NODE_HANDLE_NACK"], ["cmd": "NODE_HANDLE_ACK", "ack": 1],
            ["cmd": "NODE_CLUSTER", "ack": 5, "accepted": true], ["cmd": "NODE_CLUSTER", "ack": 5],
            ["cmd": "NODE_CLUSTER", "ack": 5, "accepted": nil], ["cmd": "NODE_CLUSTER", "ack": nil, "act": "online"],
            ["cmd": "NODE_CLUSTER", "ack": "5", "accepted": true],
            ["cmd": "NODE_CLUSTER", "ack": 1.5, "accepted": true], ["cmd": "NODE_CLUSTER", "act": "close"],
            ["cmd": "NODE_CLUSTER", "act": "close", "key": "k", "seq": 1], ["cmd": "NODE_CLUSTER", "act": 5],
            ["cmd": "NODE_HANDLE", "type": "net.Socket", "msg": ["cmd": "NODE_CLUSTER", "act": "online"]],
            ["cmd": "NODE_HANDLE", "type": "net.Socket", "msg": nil], ["cmd": "NODE_HANDLE", "type": "net.Socket"],
            ["cmd": "NODE_HANDLE", "msg": 1], ["cmd": "NODE_SOCKET_GET_COUNT", "key": "k"],
            ["cmd": "NODE_SOCKET_NOTIFY_CLOSE"], ["cmd": "NODE_"], ["cmd": 5], ["cmd": nil], 5, "NODE_CLUSTER", nil, [],
        ]
        for message in messages {
            var json = JSONReader<WorkerFrame>()
            var advanced = AdvancedReader<WorkerFrame>()
            let expected = json.read(JSONWriter().encode(message))
            let found = advanced.read(AdvancedWriter().encode(message))
            #expect(found.frames == expected.frames, "\(message)")
            #expect((found.error == nil) == (expected.error == nil), "\(message)")
        }
    }

    @Test func `both serializations hand over a connection in the same words`() {
        for key in ["null:80:4:undefined:0", "/tmp/ü \"q\"\n:-1:-1:undefined:0"] {
            var json = JSONReader<WorkerFrame>()
            var advanced = AdvancedReader<WorkerFrame>()
            let expected = json.read(JSONWriter().encodeNewConnection(key: key, sequence: 7)).frames
            #expect(advanced.read(AdvancedWriter().encodeNewConnection(key: key, sequence: 7)).frames == expected)
            #expect(expected == ["net.Native: unknown"])
        }
    }
}
