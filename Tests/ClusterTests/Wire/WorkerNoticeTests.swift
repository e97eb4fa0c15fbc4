// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// What a worker in Swift writes, as a primary reads it.
@Suite struct WorkerNoticeTests {
    private static let place = ListenRequest.Place(address: nil, port: 8000, addressType: .tcp4)

    private static let samples: [(notice: WorkerNotice, summary: String)] = [
        (.online, "online"),
        (
            .query(ListenRequest(place: place, backlog: 10), index: 1),
            "query 5 null:8000:4:undefined:1 flags 0 backlog 10"
        ),
        (
            .query(
                ListenRequest(
                    place: .init(address: "/run/x", port: -1, addressType: .pipe), readableAll: true, writableAll: true),
                index: 0), "query 5 /run/x:-1:-1:undefined:0 flags 0 backlog -1 readable writable"
        ),
        (
            .query(
                ListenRequest(place: .init(address: "::", port: 0, addressType: .udp6, fd: -1), flags: 5), index: 0),
            "query 5 :::0:udp6:-1:0 flags 5 backlog -1"
        ),
        (.listening(ListenRequest(place: place), index: 0, port: 8001), "listening - 8001 4 -1"),
        (.close(key: "k"), "close k"),
        (.exitedAfterDisconnect, "exitedAfterDisconnect 5"),
    ]

    @Test(arguments: samples.indices)
    func `a primary reads what a worker writes, in both serializations`(_ index: Int) {
        let (notice, summary) = Self.samples[index]
        var json = JSONReader<WorkerFrame>()
        var advanced = AdvancedReader<WorkerFrame>()
        #expect(json.read(JSONWriter().encode(notice.message(sequence: 5))).frames == [summary])
        #expect(advanced.read(AdvancedWriter().encode(notice.message(sequence: 5))).frames == [summary])
    }

    @Test(arguments: [true, false])
    func `the answer to a connection has the bytes that the primary recognises`(
        _ accepted: Bool
    ) {
        let bytes = JSONWriter().encodeConnectionAnswer(to: 7, accepted: accepted, sequence: 12)
        let lines = bytes.split(separator: 0x0A)
        #expect(
            lines.map { Array($0).withUnsafeBytes { FastFrame.decode($0)?.summary } } == [
                "ack", "answer 7 \(accepted)",
            ])
        var advanced = AdvancedReader<WorkerFrame>()
        let other = AdvancedWriter().encodeConnectionAnswer(to: 7, accepted: accepted, sequence: 12)
        #expect(advanced.read(other).frames == ["ack", "answer 7 \(accepted)"])
    }

    @Test func `a missing field of Node's query is missing in ours, and null is null`() {
        let message = WorkerNotice.query(ListenRequest(place: Self.place), index: 0).message(sequence: 0)
        #expect(message["address"] == .null && message["data"] == .null)
        #expect(message["fd"] == nil && message["flags"] == nil && message["backlog"] == nil)
    }

    @Test(arguments: [
        (HandleKind.socket, #""type":"net.Socket""#), (.server, #""type":"net.Server""#),
        (.datagram(ipv6: true), #""type":"dgram.Socket","dgramType":"udp6""#),
    ])
    func `a message with a descriptor names its kind`(_ kind: HandleKind, _ expected: String) {
        let line = JSONWriter().encodeMessage(json: Array("{\"a\":\n1}".utf8), handle: kind)
        #expect(String(decoding: line, as: UTF8.self) == #"{"cmd":"NODE_HANDLE",\#(expected),"msg":{"a":1}}"# + "\n")
    }
}
