// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// What is not well formed is refused with a reason, and the agent goes on.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct BadRequestTests {
    struct Request: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        var body: String?
        let status: Int
        let reason: ErrorReason

        init(_ method: String, _ path: String, _ body: String? = nil, _ status: Int, _ reason: ErrorReason) {
            self.method = method
            self.path = path
            self.body = body
            self.status = status
            self.reason = reason
        }

        var testDescription: String { "\(method) \(path) \(body ?? "")" }
    }

    private static let requests = [
        Request("POST", "/v1/workers:fork", "{", 400, .malformedJSON),
        Request("POST", "/v1/workers:fork", "[]", 400, .malformedJSON),
        Request("POST", "/v1/workers:fork", "\u{FEFF}nonsense", 400, .malformedJSON),
        Request("POST", "/v1/workers:fork", String(repeating: "[", count: 100_000), 400, .malformedJSON),
        Request("POST", "/v1/workers:fork", #"{"number": 2}"#, 400, .unknownField),
        Request("POST", "/v1/workers:fork", #"{"count": "two"}"#, 400, .invalidField),
        Request("POST", "/v1/workers:fork", #"{"count": 0}"#, 400, .invalidField),
        Request("POST", "/v1/workers:fork", #"{"count": 99999999999999999999}"#, 400, .invalidField),
        Request("POST", "/v1/workers:fork", #"{"wait": "dead"}"#, 400, .invalidField),
        Request("POST", "/v1/workers:fork", #"{"timeoutMs": -1}"#, 400, .invalidField),
        Request("POST", "/v1/workers:fork", #"{"env": {"A=B": "c"}}"#, 400, .invalidField),
        Request("POST", "/v1/workers/1:kill", #"{"signal": "SIGFOO"}"#, 400, .invalidField),
        Request("POST", "/v1/workers/1:kill", #"{"signal": 999}"#, 400, .invalidField),
        Request("POST", "/v1/workers/1:send", "{}", 400, .invalidField),
        Request("POST", "/v1/workers/1:send", #"{"message": {"cmd": "NODE_CLUSTER"}}"#, 400, .reservedMessage),
        Request("POST", "/v1/workers/1:send", #"{"message": {"\u0063md": "\u004eODE_X"}}"#, 400, .reservedMessage),
        Request("POST", "/v1/workers/9:kill", "{}", 404, .workerNotFound),
        Request("POST", "/v1/workers/9:disconnect", "{}", 404, .workerNotFound),
        Request("POST", "/v1/workers/9:send", #"{"message": 1}"#, 404, .workerNotFound),
        Request("GET", "/v1/workers/9", nil, 404, .workerNotFound),
        Request("POST", "/v1/workers/1:explode", "{}", 404, .routeNotFound),
        Request("GET", "/v2/workers", nil, 404, .routeNotFound),
        Request("GET", "/v2", nil, 404, .routeNotFound),
        Request("DELETE", "/v1/workers", nil, 405, .methodNotAllowed),
        Request("GET", "/v1/workers:fork", nil, 405, .methodNotAllowed),
        Request("GET", "/v1/events?type=nonsense", nil, 400, .invalidParameter),
        Request("GET", "/v1/events?colour=red", nil, 400, .invalidParameter),
        Request("GET", "/v1/events?pageSize=0", nil, 400, .invalidParameter),
        Request("GET", "/v1/events?since=yesterday", nil, 400, .invalidParameter),
        Request("GET", "/v1/events?pageToken=%00", nil, 400, .invalidPageToken),
        Request("GET", "/v1/events:watch?afterSeq=-1", nil, 400, .invalidParameter),
        Request("POST", "/v1/cluster:setupPrimary", #"{"exec": 1}"#, 400, .invalidField),
        Request("POST", "/v1/cluster:setupPrimary", #"{"etag": "\"0\""}"#, 409, .etagMismatch),
        Request("POST", "/v1/cluster:setupPrimary", #"{"schedulingPolicy": "none"}"#, 400, .policyFrozen),
    ]

    @Test(arguments: RunningAgent.Transport.allCases)
    func `each connection is refused with its reason`(_ transport: RunningAgent.Transport) async throws {
        try await withAgent("--workers", "1", workerScript("stubborn.js")) { agent in
            for request in Self.requests {
                let reply = try await agent.call(request.method, request.path, body: request.body, over: transport)
                #expect(
                    reply.status == request.status && reply.reason == request.reason,
                    "\(request.testDescription.prefix(100)): \(reply.status) \(reply.body)")
            }
            #expect(try await agent.workers().count == 1)
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL"}"#)
        }
    }

    @Test(arguments: RunningAgent.Transport.allCases)
    func `a body of two megabytes is refused`(_ transport: RunningAgent.Transport) async throws {
        try await withAgent { agent in
            let file = agent.dataDirectory.appending(path: "body")
            try Data(repeating: UInt8(ascii: " "), count: 2 << 20).write(to: file)
            let reply = try await agent.call(
                "POST", "/v1/workers:fork", over: transport,
                options: ["--data-binary", "@\(file.path)", "-H", "Content-Type: application/json"])
            #expect(reply.status == 400 && reply.reason == .requestTooLarge)
            #expect(try await agent.call("GET", "/healthz").status == 200)
        }
    }

    @Test(arguments: RunningAgent.Transport.allCases)
    func `bytes that are not HTTP close only their connection`(_ transport: RunningAgent.Transport) async throws {
        try await withAgent { agent in
            // A TLS client's first bytes.
            let options = ["--http0.9", "-H", "X: \u{1}\u{2}", "--max-time", "5"]
            _ = try? await agent.call("\u{16}\u{3}\u{1}", "/v1/version", over: transport, options: options)
            let reply = try await agent.call("GET", "/healthz")
            #expect(reply.status == 200)
        }
    }

    @Test func `a refused command is part of the audit`() async throws {
        try await withAgent { agent in
            let reply = try await agent.call(
                "POST", "/v1/workers/9:kill", options: ["-H", "X-Request-Id: my-own-id"])
            #expect(reply.status == 404)
            let command = try #require(try await agent.history("requestId=my-own-id").first)
            #expect(command.type == .command && command.data["status"] == 404)
        }
    }
}
