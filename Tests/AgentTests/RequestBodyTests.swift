// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared
import Testing

@testable import Agent

/// What is wrong with a body, and which field.
@Suite(.timeLimit(.minutes(1)))
struct RequestBodyTests {
    @Test(arguments: [
        (#"{"cuont":1}"#, ErrorReason.unknownField, "cuont"),
        (#"{"count":"two"}"#, .invalidField, "count"),
        (#"{"count":true}"#, .invalidField, "count"),
        (#"{"count":0}"#, .invalidField, "count"),
        (#"{"count":1001}"#, .invalidField, "count"),
        (#"{"count":[]}"#, .invalidField, "count"),
        (#"{"env":{"A":1}}"#, .invalidField, "env.A"),
        (#"{"env":[]}"#, .invalidField, "env"),
        (#"{"wait":"tomorrow"}"#, .invalidField, "wait"),
        (#"{"timeoutMs":0}"#, .invalidField, "timeoutMs"),
        (#"{"timeoutMs":600001}"#, .invalidField, "timeoutMs"),
        (#"{"count":1,"count":2}"#, .invalidField, "count"),
        (#"{"env":{},"\u0065nv":{"A":"1"}}"#, .invalidField, "env"),
        (#"{"env":{"A":"1","A":"2"}}"#, .invalidField, "env.A"),
        (#"{"env":{"A":"1","B":"","\u0041":"2"}}"#, .invalidField, "env.A"),
        (#"{"wait":"online","count":1.5}"#, .invalidField, "count"),
        (#"{"count":99999999999999999999}"#, .invalidField, "count"),
        (#"{"count":1e999}"#, .invalidField, "count"),
        (#"{"count":1,"env":{"A":"\ud800"}}"#, .invalidField, "env"),
    ])
    func `the error names the wrong field`(json: String, reason: ErrorReason, field: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/workers:fork", json)
            #expect(reply.status == 400 && reply.error?.status == .invalidArgument)
            #expect(reply.reason == reason && reply.metadata["field"] == field)
            #expect(reply.error?.message.contains(field) == true)
            #expect(reply.error?.message.contains("Swift") == false)
            #expect(await agent.primary.workers.isEmpty)
        }
    }

    @Test(arguments: [
        "{", "}", "{\"count\":1", "[]", "3", "null", "\"x\"", "{\"count\":1}}", "nonsense", "\u{0}", "{'count':1}",
        "{\"count\":1,}", "\u{FEFF}{}",
    ])
    func `a body that is not a JSON object is refused`(json: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/workers:fork", json)
            #expect(reply.status == 400 && reply.reason == .malformedJSON)
        }
    }

    @Test(arguments: [#"{"uid":-1}"#, #"{"uid":1.5}"#, #"{"uid":4294967295}"#, #"{"uid":[]}"#, #"{"uid":true}"#])
    func `the error says what an account is`(json: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/cluster:setupPrimary", json)
            #expect(reply.status == 400 && reply.reason == .invalidField && reply.metadata["field"] == "uid")
            #expect(reply.error?.message.contains("a name, or a number from 0") == true)
        }
    }

    @Test(arguments: [nil, "", "{}", " \n\t "])
    func `a missing body counts as an empty object`(json: String?) async throws {
        try await AgentFixture.with { agent in
            let status = try await agent.post("/v1/workers:fork", json).status
            #expect(status == 201)
        }
    }

    @Test func `a body may have a megabyte and no more`() async throws {
        let room = ConnectionLimits.bodyBytes - #"{"message":""}"#.utf8.count
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let fits = #"{"message":"\#(String(repeating: "x", count: room))"}"#
            let status = try await agent.post("/v1/workers/1:send", fits).status
            #expect(status == 200)
            let reply = try await agent.post("/v1/workers/1:send", fits + " ")
            #expect(reply.status == 400 && reply.reason == .requestTooLarge)
        }
    }

    @Test(arguments: [
        #""\ud800""#, "1e400", "12345678901234567890123", #"{"b":1, "a":2}"#, "null",
        String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000),
    ])
    func `a message is passed on as it is`(message: String) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            for name in ["message", #"mess\u0061ge"#] {
                let status = try await agent.post("/v1/workers/1:send", #"{"\#(name)" : \#(message) }"#).status
                #expect(status == 200)
            }
            #expect(await agent.primary.sent == [message, message])
        }
    }

    @Test(arguments: [
        (#"{"message":1,"wait":true}"#, ErrorReason.unknownField, "wait"), ("{}", .invalidField, "message"),
        ("", .invalidField, "message"), ("[1]", .malformedJSON, ""), (#"{"message":}"#, .malformedJSON, ""),
        (#"{"message":nul}"#, .malformedJSON, ""),
    ])
    func `an invalid message is refused`(json: String, reason: ErrorReason, field: String) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let reply = try await agent.post("/v1/workers/1:send", json)
            #expect(reply.status == 400 && reply.reason == reason && reply.metadata["field"] ?? "" == field)
            #expect(await agent.primary.sent.isEmpty)
        }
    }

    @Test(arguments: ["text/plain", "multipart/form-data", "application/jsonx", ""])
    func `other media types are refused`(mediaType: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/workers:fork", "{}", headers: [.contentType: mediaType])
            #expect(reply.status == 400 && reply.reason == .unsupportedMediaType)
        }
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "Application/JSON ;x=y",
        "application/x-www-form-urlencoded",
    ])
    func `the media types of JSON and of curl are accepted`(mediaType: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/workers:fork", "{}", headers: [.contentType: mediaType])
            #expect(reply.status == 201)
        }
    }
}
