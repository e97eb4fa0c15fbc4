// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

/// What must not stand in the log, the history or a reply.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SecrecyTests {
    @Test func `no token, environment value or message gets out`() async throws {
        let (value, message) = ("env-hunter2", "message-hunter2")
        try await withAgent("--log-level", "trace", "--workers", "0", workerScript("obedient.js")) { agent in
            let token = try agent.token
            let forked = try await agent.call(
                "POST", "/v1/workers:fork", body: #"{"env": {"SECRET": "\#(value)"}, "wait": "listening"}"#, over: .tcp,
                options: ["-H", "Idempotency-Key: k-1"])
            #expect(forked.status == 201)
            let sent = try await agent.call(
                "POST", "/v1/workers/1:send", body: #"{"message": {"echo": "\#(message)"}}"#, over: .tcp)
            #expect(sent.status == 200)
            let refused = try await agent.call(
                "POST", "/v1/workers:fork", body: #"{"env": {"SECRET": "\#(value)"}, "count": "\#(message)"}"#,
                over: .tcp)
            #expect(refused.status == 400)
            let replies = [forked, sent, refused].map(\.body)
            let reads = try await ["/v1/events", "/v1/workers?all=true", "/v1/cluster", "/metrics"].asyncMap {
                try await agent.call("GET", $0).body
            }
            await agent.stopInGoodOrder()
            let log = await agent.program.errors.whole().joined(separator: "\n")
            #expect(log.contains("\"requestId\""), "else this shows nothing")
            let file = agent.dataDirectory.appending(path: "history.sqlite")
            let history = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            for secret in [token, value, message] {
                #expect(!(replies + reads).joined().contains(secret) && !log.contains(secret), "\(secret)")
                #expect(!history.contains(secret), "\(secret)")
            }
        }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
