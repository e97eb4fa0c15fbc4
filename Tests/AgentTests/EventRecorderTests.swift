// SPDX-License-Identifier: Apache-2.0

@testable import Cluster
import Contract
import Foundation
import History
import Logging
import Shared
import TestSupport
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct EventRecorderTests {
    private func auditEvent(_ path: String = "/v1/workers:fork") -> Event {
        Event(time: Timestamp(milliseconds: 9), type: .command, data: ["path": .string(path)])
    }

    private static let exit = ExitReport(
        reason: .signaled, code: nil, signal: .kill, uptimeMs: 1234, maxRssBytes: 45_000_000, userMs: 30, systemMs: 4)

    @Test func `an event is stored and then published with its seq`() async throws {
        let store = ScriptedStore()
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .fork, requestID: "r1")
        let published = await fixture.published(1)
        #expect(published.map(\.seq) == [1])
        #expect(published.first?.requestId == "r1")
        #expect(published.first?.pid == 4001)
        #expect(store.stored.map(\.type) == [.fork])
        try await fixture.finish()
    }

    @Test func `nothing is published before it is stored`() async throws {
        let store = ScriptedStore(.hang)
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .fork)
        var attempts = store.attempts.makeAsyncIterator()
        _ = await attempts.next()
        fixture.broadcaster.publish([Event(time: Timestamp(milliseconds: 0), type: .setup)])
        #expect(await fixture.published(1).map(\.type) == [.setup])
        store.release()
        #expect(await fixture.published(1).map(\.type) == [.fork])
        try await fixture.finish()
    }

    @Test func `events that come during a commit are stored together`() async throws {
        let store = ScriptedStore(.hang)
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .fork)
        var attempts = store.attempts.makeAsyncIterator()
        _ = await attempts.next()
        for number in 2...50 { fixture.recorder.record(auditEvent("/\(number)")) }
        store.release()
        let published = await fixture.published(50)
        #expect(published.map(\.seq) == Array(1...50))
        #expect(store.batches.map(\.count) == [1, 49])
        try await fixture.finish()
    }

    @Test func `the data of each type is as in the contract`() async throws {
        let fixture = try RecorderFixture(ScriptedStore())
        var settings = ClusterSettings()
        settings.exec = "/srv/app.js"
        fixture.happen(1, .setup(settings))
        fixture.happen(2, .fork)
        fixture.happen(3, .online)
        fixture.happen(4, .listening(ListeningAddress(address: "0.0.0.0", port: 8000, addressType: .tcp4)))
        fixture.happen(5, .listening(ListeningAddress(address: nil, port: nil, addressType: .udp4, fd: 3)))
        fixture.happen(6, .disconnect)
        fixture.happen(7, .exit(Self.exit))
        fixture.happen(8, .leaving)
        fixture.happen(
            9, .leaving, requestID: CommandOrigin(requestID: "r1", principal: .user(7, role: .admin)).carried)
        fixture.happen(
            10, .disconnect, requestID: CommandOrigin(requestID: "r1", principal: .user(7, role: .admin)).carried)
        let data = await fixture.published(10).map(\.data)
        #expect(data[0]["settings"]?["exec"] == "/srv/app.js")
        #expect(data[0]["settings"]?["schedulingPolicy"] == "rr")
        #expect(data[1] == ["exec": "/srv/app.js", "args": ["-p", "1"], "settingsRevision": 2])
        #expect(data[2] == [:])
        #expect(data[3] == ["address": "0.0.0.0", "port": 8000, "addressType": 4])
        #expect(data[4] == ["address": nil, "port": nil, "addressType": "udp4", "fd": 3])
        #expect(data[5] == ["exitedAfterDisconnect": true])
        #expect(
            data[6] == [
                "code": nil, "signal": "SIGKILL", "reason": "signaled", "exitedAfterDisconnect": true, "uptimeMs": 1234,
                "maxRssBytes": 45_000_000, "userMs": 30, "systemMs": 4,
            ])
        #expect(data[7] == ["deadline": nil, "reason": "agentStopped"])
        #expect(data[8] == ["deadline": nil, "reason": "command", "principal": "uid:7"])
        #expect(data[9] == ["exitedAfterDisconnect": true, "principal": "uid:7"])
        try await fixture.finish()
    }

    @Test func `a message is published in its place and not stored`() async throws {
        let store = ScriptedStore()
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .online)
        fixture.message(2, #"{"cmd": [1, "two", null]}"#, handle: "net.Socket")
        fixture.happen(3, .disconnect)
        fixture.message(4, "null")
        let published = await fixture.published(4)
        #expect(published.map(\.type) == [.online, .message, .disconnect, .message])
        #expect(published.map(\.seq) == [1, nil, 2, nil])
        #expect(published[1].data == ["message": ["cmd": [1, "two", nil]], "handle": "net.Socket"])
        #expect(published[3].data == ["message": nil])
        #expect(store.stored.map(\.type) == [.online, .disconnect])
        try await fixture.finish()
    }

    @Test(arguments: [
        #""\ud800""#, #"{"a":"\udc00x"}"#, "12345678901234567890123", "1e400", #"{"b":1,"a":2,"a":3}"#,
        String(repeating: "[", count: JSONValue.maxDepth) + String(repeating: "]", count: JSONValue.maxDepth),
    ])
    func `a message is published in its own words`(json: String) async throws {
        let fixture = try RecorderFixture(ScriptedStore())
        fixture.message(1, json, handle: "net.\"Socket\"")
        let event = try #require(await fixture.published(1).first)
        let line = String(decoding: try event.json(), as: UTF8.self)
        #expect(line.hasPrefix(#"{"data":{"handle":"net.\"Socket\"","message":\#(json)},"pid":4001,"#))
        try await fixture.finish()
    }

    @Test(arguments: [JSONValue.maxDepth + 1, 3000])
    func `a message that nests too deep is published as text`(levels: Int) async throws {
        let fixture = try RecorderFixture(ScriptedStore())
        let json = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        fixture.message(1, json, handle: "net.\"Socket\"")
        let event = try #require(await fixture.published(1).first)
        let line = String(decoding: try event.json(), as: UTF8.self)
        #expect(line.hasPrefix(#"{"data":{"handle":"net.\"Socket\"","messageText":"\#(json)"},"pid":4001,"#))
        try await fixture.finish()
    }

    @Test func `a message cannot end its line`() async throws {
        let fixture = try RecorderFixture(ScriptedStore())
        fixture.message(1, "[1,\r\n2\r]")
        let event = try #require(await fixture.published(1).first)
        #expect(event.data == ["message": [1, 2]])
        let line = try event.json()
        #expect(!line.contains { $0 == 0x0A || $0 == 0x0D })
        try await fixture.finish()
    }

    @Test func `a failed append is repeated until it works`() async throws {
        let store = ScriptedStore(.fail)
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .fork)
        var attempts = store.attempts.makeAsyncIterator()
        while let attempt = await attempts.next(), attempt < 5 {}
        #expect(fixture.recorder.trouble != nil)
        fixture.happen(2, .online)
        store.answer(.store)
        #expect(await fixture.published(2).map(\.seq) == [1, 2])
        await fixture.recorder.settle(through: 2)
        try await fixture.finish()
        #expect(store.stored.map(\.type) == [.fork, .online])
        #expect(fixture.recorder.lostEvents == 0)
        #expect(fixture.recorder.trouble == nil)
    }

    @Test func `messages overtake events that cannot be stored`() async throws {
        let store = ScriptedStore(.fail)
        let fixture = try RecorderFixture(store, limits: RecorderFixture.patient)
        fixture.happen(1, .fork)
        await fixture.recorder.settle(through: 1)
        fixture.message(2, "1")
        #expect(await fixture.published(1).map(\.type) == [.message])
        store.answer(.store)
        try await fixture.finish()
        #expect(store.stored.map(\.type) == [.fork])
    }

    @Test func `the oldest events are given up if too many wait`() async throws {
        let store = ScriptedStore(.fail)
        let fixture = try RecorderFixture(store, limits: RecorderFixture.patient)
        fixture.happen(1, .fork)
        await fixture.recorder.settle(through: 1)
        var published: [Event] = []
        for number in 1...9 {
            fixture.recorder.record(auditEvent("/\(number)"))
            // The message overtakes what waits, so that the next event finds the inbox empty.
            fixture.message(UInt64(number + 1), "\(number)")
            while published.filter({ $0.type == .message }).count < number { published += await fixture.published(1) }
        }
        // What is given up is published a moment later than the message that came after it.
        while published.count < 11 { published += await fixture.published(1) }
        let givenUp = published.filter { $0.type != .message }
        #expect(givenUp.map(\.type) == [.fork, .command])
        #expect(givenUp.map(\.seq) == [nil, nil])
        store.answer(.store)
        try await fixture.finish()
        #expect(store.stored.first?.type == .gap)
        #expect(store.stored.first?.data["lost"] == 2)
        #expect(store.stored.dropFirst().map { $0.data["path"] } == (2...9).map { .string("/\($0)") })
        #expect(await fixture.published(9).map(\.seq) == Array(1...9))
        #expect(fixture.recorder.lostEvents == 2)
    }

    @Test func `a history that hangs costs a bounded buffer and a counted gap`() async throws {
        let store = ScriptedStore(.hang)
        let fixture = try RecorderFixture(store, limits: RecorderFixture.patient)
        fixture.recorder.record(auditEvent("/0"))
        var attempts = store.attempts.makeAsyncIterator()
        _ = await attempts.next()
        for number in 1...100 { fixture.recorder.record(auditEvent("/\(number)")) }
        #expect(fixture.recorder.trouble != nil)
        store.release()
        try await fixture.finish()
        let paths = store.stored.map { $0.data["path"] }
        #expect(paths == ["/0", nil] + (93...100).map { .string("/\($0)") })
        #expect(store.stored[1].type == .gap && store.stored[1].data["lost"] == 92)
        #expect(fixture.recorder.lostEvents == 92)
    }

    @Test func `an entry that cannot be stored does not keep the others out`() async throws {
        let store = ScriptedStore(.hang)
        let fixture = try RecorderFixture(store)
        fixture.happen(1, .fork)
        var attempts = store.attempts.makeAsyncIterator()
        _ = await attempts.next()
        let types: [EventType] = [.online, .command, .listening, .exit, .command]
        for type in types { fixture.recorder.record(Event(time: Timestamp(milliseconds: 0), type: type)) }
        store.release()
        store.answer(.refuseCommands)
        let published = await fixture.published(6)
        #expect(published.map(\.type) == [.fork] + types)
        // A gap takes the place of each that is refused.
        #expect(published.map(\.seq) == [1, 2, nil, 4, 5, nil])
        #expect(store.stored.map(\.type) == [.fork, .online, .gap, .listening, .exit, .gap])
        #expect(fixture.recorder.lostEvents == 2)
        #expect(fixture.recorder.trouble == nil)
        try await fixture.finish()
    }

    @Test func `the rest is stored when the primary's stream ends`() async throws {
        let store = ScriptedStore()
        let fixture = try RecorderFixture(store)
        for number in 1...90 { fixture.happen(UInt64(number), .online) }
        fixture.recorder.record(auditEvent())
        try await fixture.finish()
        #expect(store.stored.count == 91)
    }

    @Test func `the rest is stored when the service is cancelled`() async throws {
        let store = ScriptedStore()
        let fixture = try RecorderFixture(store)
        for _ in 1...90 { fixture.recorder.record(auditEvent()) }
        try await fixture.cancel()
        #expect(store.stored.count == 90)
    }

    @Test func `an end with a broken history still ends and publishes`() async throws {
        let fixture = try RecorderFixture(ScriptedStore(.fail), limits: RecorderFixture.patient)
        fixture.happen(1, .exit(Self.exit))
        try await fixture.finish()
        #expect(await fixture.published(1).map(\.seq) == [nil])
        #expect(fixture.recorder.lostEvents == 1)
    }

    @Test func `recording after the end does no harm`() async throws {
        let store = ScriptedStore()
        let fixture = try RecorderFixture(store)
        try await fixture.finish()
        fixture.recorder.record(auditEvent())
        #expect(store.stored.isEmpty)
    }

    @Test func `the history has the event and the worker's state`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.appending(path: "history.db").path)
            let fixture = try RecorderFixture(history)
            fixture.happen(1, .fork)
            fixture.happen(2, .exit(Self.exit))
            await fixture.recorder.settle(through: 2)
            let published = await fixture.published(2)
            #expect(try history.events(EventQuery()) == published)
            #expect(try history.worker(.first)?.exitedAfterDisconnect == true)
            try await fixture.finish()
            try history.close()
        }
    }
}
