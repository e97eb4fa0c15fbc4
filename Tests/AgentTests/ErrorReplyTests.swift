// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct ErrorReplyTests {
    @Test(arguments: ["/v1", "/v1/nothing", "/v1/workers/1:explode", "/v1/workers/1/2", "/metrics2"])
    func `an unknown path is not found`(path: String) async throws {
        try await AgentFixture.with { agent in
            for method in [HTTPRequest.Method.get, .post] {
                let reply = try await agent.call(method, path)
                #expect(reply.status == 404 && reply.reason == .routeNotFound)
            }
        }
    }

    @Test(arguments: [
        ("/v1/version", HTTPRequest.Method.post, "GET, HEAD"), ("/v1/workers/1", .delete, "GET, HEAD"),
        ("/v1/workers:fork", .get, "POST"), ("/v1/workers/1:kill", .put, "POST"), ("/healthz", .post, "GET, HEAD"),
        ("/v1/workers/1%3Akill", .get, "POST"),
    ])
    func `a wrong method names the right ones`(path: String, method: HTTPRequest.Method, allowed: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.call(method, path)
            #expect(reply.status == 405 && reply.error?.status == .unimplemented)
            #expect(reply.reason == .methodNotAllowed && reply.headers[.allow] == allowed)
        }
    }

    @Test(arguments: ErrorStatus.allCases)
    func `the primary's errors are passed on unchanged`(status: ErrorStatus) async throws {
        try await AgentFixture.with { agent in
            let reason = ErrorReason(rawValue: "SOME_REASON")
            await agent.primary.fail(ClusterError(status, reason, "do this", metadata: ["a": "b"]))
            let reply = try await agent.post("/v1/workers:fork")
            #expect(reply.status == status.httpStatus)
            #expect(reply.error?.status == status && reply.reason == reason)
            #expect(reply.error?.message == "do this" && reply.metadata == ["a": "b"])
            #expect((reply.headers[.retryAfter] != nil) == (status == .unavailable))
        }
    }

    @Test func `foreign errors are not shown to clients`() throws {
        struct Secret: Error { let password = "hunter2" }
        let request = Request(
            head: HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/v1/version"),
            body: RequestBody(buffer: ByteBuffer()))
        let refusal = Refusal(Secret(), for: request)
        #expect(refusal.error.status == .internal && refusal.error.reason == .internalError)
        #expect(!refusal.error.message.contains("hunter2"))
    }

    @Test func `the caller's request id comes back`() async throws {
        try await AgentFixture.with { agent in
            for path in ["/v1/version", "/v1/nothing"] {
                let reply = try await agent.get(path, headers: [.requestID: "mine 7"])
                #expect(reply.headers[.requestID] == "mine 7")
            }
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 129), "tab\tinside", "ümlaut"])
    func `an unusable request id is replaced`(id: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.get("/v1/version", headers: [.requestID: id])
            let made = try #require(reply.headers[.requestID])
            #expect(made != id && made.count == 36)
        }
    }

    @Test(arguments: ["/v1/version", "/v1/cluster", "/v1/workers/1", "/healthz", "/openapi.yaml"])
    func `an unknown parameter is refused`(path: String) async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            let reply = try await agent.get(path + "?verbose=true")
            #expect(reply.status == 400 && reply.reason == .invalidParameter)
            #expect(reply.metadata["parameter"] == "verbose")
        }
    }
}
