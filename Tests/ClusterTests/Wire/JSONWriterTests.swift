// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

@testable import Cluster

@Suite struct JSONWriterTests {
    private let writer = JSONWriter()

    private func value(_ line: [UInt8]) throws -> JSONValue {
        #expect(line.last == 0x0A)
        #expect(!line.dropLast().contains(0x0A))
        return try JSONDecoder().decode(JSONValue.self, from: Data(line))
    }

    private func reply(_ errno: Int32, _ key: String, _ name: BoundName?, data: JSONValue? = nil) -> ServerReply {
        ServerReply(acknowledged: 1, key: key, errno: errno, data: data, name: name)
    }

    @Test func `an answer to a query is Node's`() throws {
        let name = BoundName(family: "IPv6", address: "::", port: 45849)
        let written = try value(writer.encode(reply(0, "null:0:4:undefined:0", name).message))
        #expect(
            written == [
                "cmd": "NODE_CLUSTER", "errno": nil, "key": "null:0:4:undefined:0", "ack": 1, "data": nil,
                "sockname": ["address": "::", "family": "IPv6", "port": 45849],
            ])
    }

    @Test func `a unix socket has no sockname`() throws {
        let written = try value(writer.encode(reply(0, "/tmp/x é.sock:-1:-1:undefined:0", nil).message))
        #expect(written["sockname"] == nil)
        #expect(written["key"] == "/tmp/x é.sock:-1:-1:undefined:0")
    }

    @Test(arguments: [98, 13, 22] as [Int32])
    func `an errno is negative, as libuv's are`(_ errno: Int32) throws {
        let written = try value(writer.encode(reply(errno, "k", nil, data: ["a": 1]).message))
        #expect(written["errno"] == .integer(-Int64(errno)))
        #expect(written["data"] == ["a": 1])
    }

    @Test func `a socket goes out as a native handle of its kind`() throws {
        let tcp = try value(writer.encode(reply(0, "k", nil).messageWithHandle(isDatagram: false)))
        let udp = try value(writer.encode(reply(0, "k", nil).messageWithHandle(isDatagram: true)))
        #expect(tcp["cmd"] == "NODE_HANDLE")
        #expect(tcp["type"] == "net.Native")
        #expect(udp["type"] == "dgram.Native")
        #expect(tcp["msg"]?["ack"] == 1)
    }

    @Test func `a connection goes out as Node writes it, byte for byte`() {
        let line = String(
            decoding: writer.encodeNewConnection(key: "127.0.0.1:0:4:undefined:0", sequence: 6), as: UTF8.self)
        #expect(
            line
                == #"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{"cmd":"NODE_CLUSTER","act":"newconn","key":"127.0.0.1:0:4:undefined:0","seq":6}}"#
                + "\n")
    }

    @Test(arguments: ["a\"b\\c", "tab\tnew\nline\u{0}\u{1F}\u{7F}", "é 😀\u{2028}", ""])
    func `a connection's key may hold any character`(_ key: String) throws {
        let written = try value(writer.encodeNewConnection(key: key, sequence: Int.max))
        #expect(written["msg"]?["key"] == .string(key))
        #expect(written["msg"]?["seq"] == .integer(Int64.max))
    }

    @Test func `disconnect, acknowledgements and receipts are Node's`() throws {
        #expect(
            try value(writer.encode(PrimaryMessage.disconnect.message)) == ["cmd": "NODE_CLUSTER", "act": "disconnect"])
        #expect(try value(writer.encode(PrimaryMessage.acknowledge(20).message)) == ["cmd": "NODE_CLUSTER", "ack": 20])
        #expect(try value(writer.encode(HandleReceipt.arrived)) == ["cmd": "NODE_HANDLE_ACK"])
        #expect(try value(writer.encode(HandleReceipt.missing)) == ["cmd": "NODE_HANDLE_NACK"])
        #expect(
            try value(writer.encode(SocketListQuery(question: .count, key: "k").reply(open: 0)))
                == ["cmd": "NODE_SOCKET_COUNT", "key": "k", "count": 0])
        #expect(
            try value(writer.encode(SocketListQuery(question: .allClosed, key: "k").reply(open: 0)))
                == ["cmd": "NODE_SOCKET_ALL_CLOSED", "key": "k"])
    }

    @Test func `a message of the program's stays as it is, on one line`() throws {
        let line = writer.encodeMessage(json: Array("{\n  \"a\": \"\\n\",\r\n\t\"b\": [1,\n2]}\n".utf8), handle: nil)
        #expect(String(decoding: line, as: UTF8.self) == "{  \"a\": \"\\n\",\r\t\"b\": [1,2]}\n")
    }
}
