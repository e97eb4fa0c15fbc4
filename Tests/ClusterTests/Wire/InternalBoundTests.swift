// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Messages of node:cluster itself are small, and so is what is kept of them.
@Suite struct InternalBoundTests {
    private func read(_ line: String) -> (frames: [String], error: WireError?) {
        var reader = JSONReader<WorkerFrame>()
        return reader.read(Array(line.utf8) + [0x0A])
    }

    private func query(address: String = "127.0.0.1", data: String = "null") -> String {
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":1,"index":0,"port":0,"addressType":4,"#
            + #""address":"\#(address)","data":\#(data)}"#
    }

    @Test func `a query may have ticket keys, and not more`() {
        let keys = #"{"type":"Buffer","data":[\#(Array(repeating: "255", count: 48).joined(separator: ","))]}"#
        #expect(read(query(data: keys)).error == nil)
        let many = "[" + Array(repeating: "[]", count: 1000).joined(separator: ",") + "]"
        #expect(read(query(data: many)).error?.reason == .messageTooLarge)
    }

    @Test func `an address is no longer than a path can be`() {
        #expect(read(query(address: String(repeating: "a", count: 4096))).error == nil)
        #expect(read(query(address: String(repeating: "a", count: 4097))).error?.reason == .messageTooLarge)
    }

    @Test func `a large message of the cluster's own is refused, and an unknown one is ignored`() {
        let padding = String(repeating: "x", count: maximumInternalSize)
        let own = read(#"{"cmd":"NODE_CLUSTER","act":"close","key":"\#(padding)"}"#)
        #expect(own.error?.reason == .messageTooLarge)
        let unknown = read(#"{"cmd":"NODE_OTHER","x":"\#(padding)"}"#)
        #expect(unknown.error == nil && unknown.frames.count == 1)
    }

    @Test(arguments: ["data", "key", "sockname"])
    func `a message of the cluster's own nests no deeper than 64 levels`(_ field: String) throws {
        func message(_ levels: Int, _ command: String = "NODE_CLUSTER") -> String {
            let value = String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1)
            return #"{"cmd":"\#(command)","act":"nothing","\#(field)":\#(value)}"#
        }
        #expect(read(message(64)).error == nil)
        #expect(read(message(65)).error?.reason == .messageTooLarge)
        #expect(read(message(500)).error?.reason == .messageTooLarge)
        #expect(read(message(500, "NODE_OTHER")).frames == ["unknown"])
        let expected: [Int: DisconnectReason?] = [64: nil, 65: .messageTooLarge, 500: .messageTooLarge]
        for (levels, reason) in expected {
            var reader = AdvancedReader<WorkerFrame>()
            let bytes = V8Serializer.serialize(try V8Value(json: Array(message(levels).utf8)))
            let length = withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) }
            #expect(reader.read(length + bytes).error?.reason == reason, "\(levels)")
        }
    }

    @Test func `a message with a descriptor may be large, and brings no other descriptor`() {
        let padding = String(repeating: "x", count: 1 << 20)
        #expect(read(#"{"cmd":"NODE_HANDLE","type":"net.Socket","msg":"\#(padding)"}"#).error == nil)
        let inner = #"{"cmd":"NODE_HANDLE","type":"net.Socket","msg":1}"#
        let nested = read(#"{"cmd":"NODE_HANDLE","type":"net.Socket","msg":\#(inner)}"#)
        #expect(nested.error?.reason == .invalidMessage)
    }

    @Test func `the bytes of half a message are counted, and can be dropped`() {
        var reader = JSONReader<WorkerFrame>()
        _ = reader.read(Array("1\n\"half".utf8))
        #expect(reader.heldBytes == 5)
        reader.clear()
        #expect(reader.heldBytes == 0)
        #expect(reader.read(Array("2\n".utf8)).frames.count == 1)
    }
}
