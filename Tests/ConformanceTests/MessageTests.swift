// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared
import Testing

@Suite("Messages", .serialized, .timeLimit(.minutes(3)))
struct MessageTests {
    @Test("any JSON value goes to a worker and back")
    func values() async throws {
        let values = [
            "null", "true", "0", "-1.5e300", #""""#, #""\"\\\n\u0000 é 🎉 \u2028""#, "[]", "{}", "[[[1],2],3]",
            #"{"cmd":"x"}"#, #"{"cmd":"NODE_"}"#, #"{"cmd":1}"#, #"{"a":{"cmd":"NODE_CLUSTER"}}"#,
        ]
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            for value in values { try await cluster.send(value, to: id) }
            for (index, value) in values.enumerated() {
                let expected = try JSONDecoder().decode(JSONValue.self, from: Data(value.utf8))
                #expect(try await cluster.log.message(index + 1, of: id) == expected)
            }
        }
    }

    @Test("line breaks between the tokens of a message do not tear it apart")
    func lineBreaks() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send("{\n  \"a\":\r\n [1,\n2]\n}\n", to: id)
            #expect(try await cluster.log.message(1, of: id) == ["a": [1, 2]])
        }
    }

    @Test("a message nests as deep as V8 writes it")
    func deep() async throws {
        let text = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.fork()
            try await cluster.send(text, to: id)
            #expect(try await cluster.log.messages(1, of: id)[0].json == Array(text.utf8))
        }
    }

    @Test("a message that is too deep for its JSON form leaves a gap, and the channel lives")
    func tooDeep() async throws {
        let settings = { (settings: inout ClusterSettings) in settings.serialization = .advanced }
        try await withPrimary("deep.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id) == "after")
            let gap = try await cluster.log.first(.gap, of: id)
            guard case .messagesLost(let count, _, let reason) = gap.kind else { preconditionFailure("another kind") }
            #expect(count == 1 && reason.contains("512 levels"))
        }
    }

    @Test("a message whose JSON form is too large leaves a gap, and the channel lives")
    func bigText() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.serialization = .advanced
            // With its quotes it is two bytes too large.
            settings.args = ["\(32 << 20)"]
        }
        try await withPrimary("big.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            let gap = try await cluster.log.first(.gap, of: id)
            guard case .messagesLost(let count, _, let reason) = gap.kind else { preconditionFailure("another kind") }
            #expect(count == 1 && reason == "a message takes more than 32 MiB as JSON")
            try await cluster.send(#""short""#, to: id)
            #expect(try await cluster.log.message(1, of: id) == 5)
        }
    }

    @Test("the output of JSON.stringify arrives as it is, however deep, even with half of a surrogate pair")
    func rawText() async throws {
        try await withPrimary("deep.js") { cluster in
            let id = try await cluster.fork()
            let messages = try await cluster.log.messages(3, of: id).map { String(decoding: $0.json, as: UTF8.self) }
            let levels = 3001
            #expect(
                messages == [
                    String(repeating: "[", count: levels) + String(repeating: "]", count: levels), #""after""#,
                    #""\ud800""#,
                ])
        }
    }

    @Test("thirty thousand messages in a row come back in their order")
    func thirtyThousand() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            let log = cluster.log
            // The worker's answers may wait for one another, so that neither side drops what it cannot hold.
            for batch in 0..<30 {
                for number in batch * 1000..<(batch + 1) * 1000 { try await cluster.send("\(number)", to: id) }
                _ = try await log.messages((batch + 1) * 1000, of: id)
            }
            let replies = try await log.messages(30_000, of: id).map { String(decoding: $0.json, as: UTF8.self) }
            #expect(replies == (0..<30_000).map(String.init))
        }
    }

    @Test("messages keep their order")
    func order() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.fork()
            for number in 0..<1000 { try await cluster.send("\(number)", to: id) }
            let replies = try await cluster.log.messages(1000, of: id).map { String(decoding: $0.json, as: UTF8.self) }
            #expect(replies == (0..<1000).map(String.init))
        }
    }

    @Test("a message that was sent before the worker is online arrives")
    func beforeOnline() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.send(#""early""#, to: id).accepted)
            #expect(try await cluster.log.message(1, of: id) == "early")
        }
    }

    @Test("characters stay whole wherever the bytes are cut")
    func splitCharacters() async throws {
        let text = "x" + String(repeating: "é🎉", count: 100_000)
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send("\"\(text)\"", to: id)
            #expect(try await cluster.log.message(1, of: id) == .string(text))
        }
    }

    @Test(
        "anything but one JSON value is refused", arguments: ["", " ", "{", "1 2", "nul", "'x'", "\u{FEFF}1", "\"\n\""])
    func malformed(_ text: String) async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.fork()
            let error = await #expect(throws: ClusterError.self) { try await cluster.send(text, to: id) }
            #expect(error?.reason == .malformedJSON)
        }
    }

    @Test(
        "a message that Node would take for its own is refused, and the worker never sees it",
        arguments: Serialization.allCases)
    func reserved(_ serialization: Serialization) async throws {
        try await withPrimary("echo.js", settings: { $0.serialization = serialization }) { cluster in
            let id = try await cluster.forkOnline()
            for text in [
                #"{"cmd":"NODE_CLUSTER","act":"disconnect"}"#, #"{"cmd":"NODE_HANDLE","type":"net.Native","msg":{}}"#,
                #"{"cmd":"NODE_HANDLE_NACK"}"#, #"{"a":1,"\u0063md":"\u004eODE_CLUSTER"}"#,
            ] {
                let error = await #expect(throws: ClusterError.self) { try await cluster.send(text, to: id) }
                #expect(error?.status == .invalidArgument && error?.reason == .reservedMessage)
            }
            let error = await #expect(throws: ClusterError.self) {
                try await cluster.primary.send(["cmd": "NODE_HANDLE_ACK"], to: id)
            }
            #expect(error?.reason == .reservedMessage)
            try await cluster.send("1", to: id)
            #expect(try await cluster.log.message(1, of: id) == 1)
        }
    }

    @Test("a worker that is disconnected gets no message")
    func disconnected() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGSTOP")))
            _ = try await cluster.primary.disconnect(id, abrupt: true)
            let error = await #expect(throws: ClusterError.self) { try await cluster.send("1", to: id) }
            #expect(error?.reason == .workerNotConnected)
        }
    }

    @Test("a worker that is gone gets no message")
    func gone() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id)
            try await cluster.end(of: id)
            let error = await #expect(throws: ClusterError.self) { try await cluster.send("1", to: id) }
            #expect(error?.reason == .workerNotFound)
        }
    }

    @Test("a message is not shown while nobody wants messages")
    func unpublished() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            await cluster.primary.publishMessages(false)
            try await cluster.send("1", to: id)
            // Its end comes after all that it has said.
            _ = try await cluster.primary.disconnect(id)
            try await cluster.end(of: id)
            #expect(await !cluster.log.kinds(of: id).contains(.message))
        }
    }

    @Test("a message of 64 MiB goes each way")
    func big() async throws {
        try await withPrimary("big.js", settings: { $0.args = ["\(64 << 20)"] }) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.messages(1, of: id)[0].json.count == (64 << 20) + 2)
            let text = [UInt8](repeating: UInt8(ascii: "y"), count: 64 << 20)
            let reply = try await cluster.primary.send(json: [0x22] + text + [0x22], to: id)
            #expect(!reply.accepted && reply.queuedBytes > 32 << 20)
            #expect(try await cluster.log.message(2, of: id) == .integer(64 << 20))
        }
    }
}
