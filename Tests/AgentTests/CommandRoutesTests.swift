// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct CommandRoutesTests {
    @Test func `a fork makes one worker by default`() async throws {
        try await AgentFixture.with { agent in
            let one = try await agent.post("/v1/workers:fork")
            #expect(one.status == 201)
            #expect(try one.decode(WorkersReply.self).workers.map(\.id.rawValue) == [1])
            let three = try await agent.post("/v1/workers:fork", #"{"count":3}"#)
            #expect(try three.decode(WorkersReply.self).workers.map(\.id.rawValue) == [2, 3, 4])
        }
    }

    @Test func `the environment reaches the primary`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", #"{"env":{"A":"1","B":""}}"#)
            #expect(await agent.primary.environments == [["A": "1", "B": ""]])
        }
    }

    @Test func `the answer to a kill names its caller`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let body = #"{"signal":"SIGKILL","wait":true}"#
            let exit = try await agent.post("/v1/workers/1:kill", body).decode(WorkerInfo.self).exit
            let later = try await agent.get("/v1/workers/1").decode(WorkerInfo.self).exit
            #expect(exit?.principal == "token:admin" && exit == later)
        }
    }

    @Test func `a fork waits for all its workers`() async throws {
        try await AgentFixture.with { agent in
            async let reply = agent.post("/v1/workers:fork", #"{"count":2,"wait":"online"}"#)
            for await _ in agent.primary.waits { break }
            await agent.primary.didComeOnline(.first)
            await agent.primary.didComeOnline(.first.next)
            let workers = try await reply.decode(WorkersReply.self).workers
            #expect(workers.map(\.state) == [.online, .online])
        }
    }

    @Test func `a wait that runs out undoes nothing`() async throws {
        let clock = ManualClock()
        try await AgentFixture.with(clock: clock) { agent in
            async let reply = agent.post("/v1/workers:fork", #"{"wait":"listening","timeoutMs":250}"#)
            for await time in clock.sleeps where time == .milliseconds(250) { break }
            clock.advance(by: .milliseconds(250))
            let refused = try await reply
            #expect(refused.status == 504 && refused.error?.status == .deadlineExceeded)
            #expect(refused.metadata["timeoutMs"] == "250" && refused.metadata["workerIds"] == "1")
            #expect(await agent.primary.workers.count == 1)
        }
    }

    @Test func `a failed wait names all workers and those that live on`() async throws {
        try await AgentFixture.with { agent in
            async let reply = agent.post("/v1/workers:fork", #"{"count":2,"wait":"listening"}"#)
            for await _ in agent.primary.waits { break }
            await agent.primary.didExit(.first)
            let refused = try await reply
            #expect(refused.reason == .workerExited)
            #expect(refused.metadata["workerIds"] == "1,2" && refused.metadata["aliveWorkerIds"] == "2")
            #expect(refused.error?.message.hasSuffix("of the forked workers (1,2), these live on: 2") == true)
        }
    }

    @Test func `a wait takes up to thirty seconds by default`() async throws {
        let clock = ManualClock()
        try await AgentFixture.with(clock: clock) { agent in
            async let reply = agent.post("/v1/workers:fork", #"{"wait":"listening"}"#)
            for await time in clock.sleeps where time == .seconds(30) { break }
            clock.advance(by: .seconds(30))
            let status = try await reply.status
            #expect(status == 504)
        }
    }

    @Test(arguments: ["/v1/workers/1:kill", "/v1/workers/1%3Akill", "/v1/workers/1%3akill"])
    func `a verb may be percent-encoded`(path: String) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let status = try await agent.post(path).status
            #expect(status == 200)
            #expect(await agent.primary.signals == [.terminate])
        }
    }

    @Test(arguments: [#"{"signal":"SIGKILL"}"#, #"{"signal":"kill"}"#, #"{"signal":9}"#, #"{"signal":"9"}"#])
    func `a signal has a name or a number`(json: String) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let worker = try await agent.post("/v1/workers/1:kill", json).decode(WorkerInfo.self)
            #expect(worker.dead)
            #expect(await agent.primary.signals == [.kill])
        }
    }

    @Test(arguments: [#"{"signal":"SIGFOO"}"#, #"{"signal":65}"#, #"{"signal":-1}"#, #"{"signal":true}"#])
    func `an unknown signal is refused`(json: String) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let reply = try await agent.post("/v1/workers/1:kill", json)
            #expect(reply.status == 400 && reply.metadata["field"] == "signal")
            #expect(await agent.primary.signals.isEmpty)
        }
    }

    @Test func `kill and disconnect succeed for a worker that is gone`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            await agent.primary.didExit(.first)
            for path in ["/v1/workers/1:kill", "/v1/workers/1:disconnect"] {
                let worker = try await agent.post(path, #"{"wait":true}"#).decode(WorkerInfo.self)
                #expect(worker.dead && worker.exitCode == 0)
            }
        }
    }

    @Test func `nothing can be sent to a worker that is gone`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            await agent.primary.didExit(.first)
            let reply = try await agent.post("/v1/workers/1:send", #"{"message":1}"#)
            #expect(reply.status == 400 && reply.reason == .workerNotConnected)
        }
    }

    @Test(arguments: ["kill", "disconnect", "send"])
    func `a worker that never existed is not found`(verb: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/workers/9:\(verb)", verb == "send" ? #"{"message":1}"# : nil)
            #expect(reply.status == 404 && reply.reason == .workerNotFound)
            #expect(reply.metadata["workerId"] == "9")
        }
    }

    @Test(arguments: ["0", "-1", "x", "1x", "+1", "99999999999999999999"])
    func `an id is a number from one`(id: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/workers/\(id):kill")
            #expect(reply.status == 400 && reply.metadata["parameter"] == "id")
        }
    }

    @Test(arguments: [
        ("1", "1"), ("null", "null"), ("\"a/b\"", "\"a/b\""), ("[1,2.5,true]", "[1,2.5,true]"), ("{ }", "{ }"),
        ("\"two\\nlines\"", "\"two\\nlines\""), (#"{"b":1,"a":2}"#, #"{"b":1,"a":2}"#),
        ("12345678901234567890123", "12345678901234567890123"),
    ])
    func `any JSON can be sent`(message: String, sent: String) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let reply = try await agent.post("/v1/workers/1:send", #"{"message": \#(message)}"#)
            #expect(try reply.decode(SendReply.self) == SendReply(SendOutcome(accepted: true, queuedBytes: 0)))
            #expect(await agent.primary.sent == [sent])
        }
    }

    @Test func `the name message may be written with escapes`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            _ = try await agent.post("/v1/workers/1:send", #"{"m\u0065ssage": [1]}"#)
            #expect(await agent.primary.sent == ["[1]"])
        }
    }

    @Test func `a body without a message is refused`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let reply = try await agent.post("/v1/workers/1:send", "{}")
            #expect(reply.status == 400 && reply.metadata["field"] == "message")
        }
    }

    @Test func `a worker gets the deadline`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(2)
            _ = try await agent.post("/v1/workers/1:disconnect", #"{"deadlineMs":1}"#)
            _ = try await agent.post("/v1/workers/2:disconnect", #"{"deadlineMs":null}"#)
            #expect(await agent.primary.limits == [.milliseconds(1), nil])
        }
    }

    @Test(arguments: ["/v1/workers/1:disconnect", "/v1/cluster:disconnect"], [-1, 0, 86_400_001])
    func `a deadline out of range is refused`(path: String, deadline: Int) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let reply = try await agent.post(path, "{\"deadlineMs\":\(deadline)}")
            #expect(reply.status == 400 && reply.metadata["field"] == "deadlineMs")
            #expect(await agent.primary.workers.count == 1)
        }
    }

    @Test func `a disconnect is abrupt if asked to be`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(2)
            _ = try await agent.post("/v1/workers/1:disconnect", #"{"abrupt":true,"wait":true}"#)
            _ = try await agent.post("/v1/workers/2:disconnect")
            #expect(await agent.primary.abruptDisconnects == 1)
            #expect(await agent.primary.workers.isEmpty)
        }
    }
}
