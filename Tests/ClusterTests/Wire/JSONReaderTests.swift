// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite struct JSONReaderTests {
    private var reader = JSONReader<WorkerFrame>()

    private mutating func read(_ line: String) -> (frames: [String], error: WireError?) {
        reader.read(Array(line.utf8) + [0x0A])
    }

    @Test(arguments: NodeWorkerBytes.lines.indices)
    mutating func `messages of a Node worker are read`(_ index: Int) {
        let (line, summary) = NodeWorkerBytes.lines[index]
        let (frames, error) = read(line)
        #expect(frames == [summary])
        #expect(error == nil)
    }

    @Test mutating func `several messages in one read come in order`() {
        #expect(reader.read(NodeWorkerBytes.stream).frames == NodeWorkerBytes.summaries)
    }

    @Test func `messages may be split at any byte, also within a character`() {
        let stream = NodeWorkerBytes.stream
        for cut in 0...stream.count {
            var reader = JSONReader<WorkerFrame>()
            let frames = reader.read(stream[..<cut]).frames + reader.read(stream[cut...]).frames
            guard frames == NodeWorkerBytes.summaries else {
                Issue.record("cut at \(cut): \(frames)")
                return
            }
        }
    }

    @Test mutating func `messages may come byte by byte`() {
        #expect(NodeWorkerBytes.stream.flatMap { reader.read([$0]).frames } == NodeWorkerBytes.summaries)
    }

    @Test mutating func `half a message is not a message`() {
        let (frames, error) = reader.read(Array(#"{"cmd":"NODE_CLU"#.utf8))
        #expect(frames.isEmpty)
        #expect(error == nil)
    }

    @Test mutating func `a message of 64 MiB arrives whole`() {
        var stream = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 20)
        stream[0] = UInt8(ascii: "\"")
        stream[stream.count - 1] = UInt8(ascii: "\"")
        stream.append(0x0A)
        var length = 0
        for start in stride(from: 0, to: stream.count, by: 65536) {
            stream.withUnsafeBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + 65536, bytes.count)])
                do throws(WireError) {
                    try reader.receive(part) { if case .message(.json(let text)) = $0 { length = text.count } }
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
        #expect(length == 64 << 20)
    }

    @Test(arguments: [
        "", " ", "{", "}", "nonsense", "[1,2", "{\"a\":}", "{\"a\":1}{}", "\u{0}", "NaN", "'a'", "{\"cmd\":\"NODE_X\"",
    ])
    mutating func `bytes that are not JSON end the stream with an error`(_ line: String) {
        let (frames, error) = read(line)
        #expect(frames.isEmpty)
        #expect(error != nil)
    }

    @Test mutating func `invalid UTF-8 ends the stream with an error`() {
        #expect(reader.read([0x22, 0xFF, 0x22, 0x0A]).error != nil)
    }

    @Test mutating func `messages before the garbage are delivered`() {
        let (frames, error) = reader.read(Array("1\nnonsense\n2\n".utf8))
        #expect(frames == ["message 1"])
        #expect(error != nil)
    }

    @Test(arguments: [
        "1", "-1.5e3", "null", "true", "\"NODE_CLUSTER\"", "[{\"cmd\":\"NODE_CLUSTER\"}]", "{}", " {\"a\":1} ",
        #"{"cmd":1}"#, #"{"cmd":null}"#, #"{"cmd":["NODE_CLUSTER"]}"#, #"{"cmd":{"cmd":"NODE_CLUSTER"}}"#,
        #"{"cmd":"NODE_"}"#, #"{"cmd":"node_cluster"}"#, #"{"cmd":"XNODE_CLUSTER"}"#, #"{"cmd":""}"#,
        #"{"a":{"cmd":"NODE_CLUSTER","act":"online"}}"#, #"{"CMD":"NODE_CLUSTER","act":"online"}"#,
    ])
    mutating func `every message but an internal one is the program's, as it was written`(_ line: String) {
        let (frames, error) = read(line)
        #expect(frames == ["message " + line])
        #expect(error == nil)
    }

    @Test(arguments: [
        #"{"cmd":"NODE_X"}"#, #"{"cmd":"NODE_CLUSTER"}"#, #"{"cmd":"NODE_CLUSTER","act":"new","seq":1}"#,
        #"{"cmd":"NODE_CLUSTER","act":null}"#, #"{"cmd":"NODE_DEBUG_ENABLED"}"#,
    ])
    mutating func `an unknown internal message is ignored`(_ line: String) {
        let (frames, error) = read(line)
        #expect(frames == ["unknown"])
        #expect(error == nil)
    }

    @Test(arguments: [
        (
            #"{"cmd":"mine","cmd":"NODE_CLUSTER","act":"online"}"#,
            #"message {"cmd":"mine","cmd":"NODE_CLUSTER","act":"online"}"#
        ),
        (#"{"cmd":5,"cmd":"NODE_CLUSTER"}"#, #"message {"cmd":5,"cmd":"NODE_CLUSTER"}"#),
        (#"{"cmd":"NODE_CLUSTER","cmd":5,"act":"online"}"#, #"message {"cmd":"NODE_CLUSTER","cmd":5,"act":"online"}"#),
        (#"{"cmd":"NODE_CLUSTER","cmd":"NODE_X","act":"online","act":"close"}"#, "online"),
        (#"{"cmd":"NODE_HANDLE","type":"a","type":"b","msg":1,"msg":2}"#, "a: message 1"),
    ])
    mutating func `the first of equal names counts, and a message that only one cmd makes internal is the program's`(
        _ line: String, _ summary: String
    ) {
        let (frames, error) = read(line)
        #expect(frames == [summary])
        #expect(error == nil)
    }

    @Test mutating func `escapes in names and values are resolved if they are internal`() {
        #expect(read(#"{"cmd":"NODE_CLUSTER","\u0061ct":"\u006fnline"}"#).frames == ["online"])
        #expect(
            read(#"{"cmd":"NODE_CLUSTER","act":"close","key":"a\"\\\/\u00e9\n","seq":1}"#).frames == ["close a\"\\/é\n"]
        )
    }

    @Test(arguments: [
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":1}"#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0}"#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":"0","seq":1}"#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"seq":1,"addressType":5}"#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"seq":1,"port":"http"}"#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"seq":99999999999999999999}"#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"seq":1,"port":1e400}"#,
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":1.5,"seq":1}"#,
        #"{"cmd":"NODE_CLUSTER","act":"close","seq":1}"#, #"{"cmd":"NODE_CLUSTER","act":"close","key":5}"#,
        #"{"cmd":"NODE_CLUSTER","act":"exitedAfterDisconnect"}"#,
        #"{"cmd":"NODE_CLUSTER","ack":99999999999999999999,"accepted":true,"seq":1}"#,
        #"{"cmd":"NODE_CLUSTER","ack":"6","accepted":true}"#, #"{"cmd":"NODE_CLUSTER","ack":6,"accepted":"yes"}"#,
        #"{"cmd":"NODE_HANDLE"}"#, #"{"cmd":"NODE_HANDLE","type":"net.Socket"}"#, #"{"cmd":"NODE_HANDLE","msg":1}"#,
        #"{"cmd":"NODE_HANDLE","type":5,"msg":1}"#, #"{"cmd":"NODE_SOCKET_GET_COUNT"}"#,
    ])
    mutating func `an internal message without its field, or of another type, ends the stream`(_ line: String) {
        let (frames, error) = read(line)
        #expect(frames.isEmpty)
        #expect(error != nil)
    }

    @Test(arguments: [Int.max, Int.min, 70000, -2])
    mutating func `a port out of range is an error of the bind, not of the wire`(_ port: Int) {
        let line =
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"seq":1,"address":null,"port":\#(port),"addressType":4}"#
        #expect(read(line).frames == ["query 1 null:\(port):4:undefined:0 flags 0 backlog -1"])
    }

    @Test mutating func `a server on an inherited descriptor has no address`() {
        let line =
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"data":null,"address":null,"port":null,"addressType":null,"fd":5,"backlog":0,"seq":2}"#
        #expect(read(line).frames == ["query 2 null:-1:-1:5:0 flags 0 backlog 0"])
    }

    @Test mutating func `the rights of a unix socket are read`() {
        let line =
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"address":"/a","port":-1,"addressType":-1,"readableAll":true,"writableAll":true,"seq":2}"#
        #expect(read(line).frames == ["query 2 /a:-1:-1:undefined:0 flags 0 backlog -1 readable writable"])
    }

    @Test mutating func `a message with a handle keeps its content`() {
        #expect(
            read(
                #"{"cmd":"NODE_HANDLE","type":"net.Socket","msg":{"cmd":"NODE_CLUSTER","act":"online"},"key":"4:a:1"}"#
            )
            .frames == ["net.Socket: online"])
        #expect(
            read(#"{"msg":[1, "a"],"type":"dgram.Socket","cmd":"NODE_HANDLE","dgramType":"udp4"}"#).frames
                == [#"dgram.Socket: message [1, "a"]"#])
    }

    @Test mutating func `questions about sockets name their key`() {
        #expect(read(#"{"cmd":"NODE_SOCKET_GET_COUNT","key":"4:null:0"}"#).frames == ["socketList count 4:null:0"])
        #expect(read(#"{"cmd":"NODE_SOCKET_NOTIFY_CLOSE","key":"k"}"#).frames == ["socketList allClosed k"])
    }

    @Test mutating func `deep nesting is refused, without a stack overflow`() {
        func data(_ depth: Int) -> String {
            let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return #"{"cmd":"NODE_CLUSTER","act":"queryServer","index":0,"seq":1,"data":\#(value)}"#
        }
        // The object around it is one level more.
        #expect(read(data(63)).frames.count == 1)
        for depth in [64, 510, 511, 512, 513, 100_000] {
            var reader = JSONReader<WorkerFrame>()
            let (frames, error) = reader.read(Array(data(depth).utf8) + [0x0A])
            #expect(frames.isEmpty && error?.reason == .messageTooLarge)
        }
    }
}
