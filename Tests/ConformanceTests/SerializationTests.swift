// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared
import TestSupport
import Testing

@Suite("Advanced serialization", .timeLimit(.minutes(1)))
struct SerializationTests {
    private func advanced(_ settings: inout ClusterSettings) {
        settings.serialization = .advanced
    }

    @Test("connections are handed over and shared by two workers")
    func connections() async throws {
        try await withPrimary("http-server.js", settings: advanced) { cluster in
            let (_, port) = try await cluster.forkListening()
            _ = try await cluster.forkListening()
            var served: Set<String> = []
            for _ in 0..<10 { served.insert(try await TCPClient.get(port: port)) }
            #expect(served == ["worker 1", "worker 2"])
        }
    }

    @Test("a shared socket goes to the workers")
    func sharedSocket() async throws {
        try await withPrimary(
            "http-server.js",
            settings: {
                advanced(&$0)
                $0.schedulingPolicy = .none
            }
        ) { cluster in
            let (worker, port) = try await cluster.forkListening()
            #expect(try await TCPClient.get(port: port) == "worker \(worker.id)")
        }
    }

    @Test(
        "values go to a worker and back",
        arguments: [
            #"{"a":[1,2.5,null,true,"ü😀"]}"#, #""text""#, "1", "[[],{}]",
            // Node's send takes these inside an object only.
            #"{"v":{"$type":"BigInt","value":"-12345678901234567890"}}"#, #"{"v":{"$type":"undefined"}}"#,
            #"{"v":{"$type":"Date","value":"2026-11-22T15:51:44.272Z"}}"#,
        ])
    func values(json: String) async throws {
        try await withPrimary("echo.js", settings: advanced) { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send(json, to: id)
            let expected = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
            #expect(try await cluster.log.message(1, of: id) == expected)
        }
    }

    @Test("a worker disconnects in good order")
    func disconnect() async throws {
        try await withPrimary("http-server.js", settings: advanced) { cluster in
            let (worker, _) = try await cluster.forkListening()
            _ = try await cluster.primary.disconnect(worker.id)
            let end = try await cluster.exit(of: worker.id)
            #expect(end.report.code == 0)
            #expect(end.worker.exitedAfterDisconnect == true)
        }
    }
}
