// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// A Hummingbird application as a worker of the agent (`Examples/HummingbirdWorker`).
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HummingbirdTests {
    /// Runs `body` with an agent of two such workers, which share a free port.
    private func withWorkers(
        _ policy: SchedulingPolicy, environment: [String: String] = [:],
        _ body: (_ agent: RunningAgent, _ port: UInt16) async throws -> Void
    ) async throws {
        let program = try RunningProgram.built("HummingbirdWorker")
        try await withTemporaryDirectory { directory in
            let variables = environment.merging(["PORT": "0", "TMPDIR": directory.path]) { given, _ in given }
            try await runAgent(
                ["--workers", "2", "--scheduling-policy", policy.rawValue, program], in: directory,
                environment: variables
            ) { agent in
                for id in [1, 2] { try await agent.event(.listening, of: id) }
                let ports = try await agent.workers().compactMap(\.listening.first?.port)
                #expect(ports.count == 2 && Set(ports).count == 1)
                try await body(agent, try #require(UInt16(exactly: ports.first ?? 0)))
                let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
                #expect(!left.contains { $0.hasPrefix("cluster-") }, "the placeholder's name is left")
            }
        }
    }

    private func curl(_ arguments: String...) async throws -> String {
        let outcome = try await RunningProgram.run("curl", ["-sS", "--max-time", "30"] + arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output
    }

    @Test(arguments: SchedulingPolicy.allCases)
    func `both workers serve on one port`(_ policy: SchedulingPolicy) async throws {
        try await withWorkers(policy) { _, port in
            // Who gets a connection may be the kernel's choice, so both come in time.
            var served: Set<String> = []
            while served.count < 2 { served.insert(try await TCPClient.get(port: port)) }
            #expect(served == ["hello from worker 1\n", "hello from worker 2\n"])
        }
    }

    @Test(arguments: SchedulingPolicy.allCases)
    func `one connection serves many requests, also over TLS`(_ policy: SchedulingPolicy) async throws {
        try await withTemporaryDirectory { directory in
            let authority = try TestAuthority("root", in: directory)
            let files = try authority.issue("worker", file: "worker")
            try await withWorkers(policy, environment: ["TLS_CERT": files.certificate, "TLS_KEY": files.key]) {
                _, port in
                let url = "https://localhost:\(port)/"
                let output = try await curl(
                    "--cacert", authority.path, "-w", "%{num_connects}\n", url, url, url)
                let lines = output.split(separator: "\n")
                #expect(lines.count == 6 && Set([lines[0], lines[2], lines[4]]).count == 1)
                #expect([lines[1], lines[3], lines[5]] == ["1", "0", "0"])
            }
        }
    }

    @Test(arguments: SchedulingPolicy.allCases)
    func `a request in flight finishes before its worker leaves`(_ policy: SchedulingPolicy) async throws {
        try await withWorkers(policy) { agent, port in
            let client = try OpenRequest(port: port, path: "/echo", length: 5)
            try client.send("hel")
            #expect(try await client.answer(holding: "hel").hasPrefix("HTTP/1.1 200 OK"))
            try await agent.post("/v1/workers/2:disconnect")
            try await agent.post("/v1/workers/1:disconnect")
            try client.send("lo")
            #expect(try await client.answer().contains("lo"))
            for id in [1, 2] {
                let exit = try await agent.event(.exit, of: id)
                #expect(exit.data["code"] == 0 && exit.data["reason"] == "disconnected")
            }
        }
    }

    @Test(arguments: SchedulingPolicy.allCases)
    func `no request is lost while workers are replaced`(_ policy: SchedulingPolicy) async throws {
        try await withWorkers(policy) { agent, port in
            let clients = Task {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 {
                        group.addTask {
                            while !Task.isCancelled {
                                let greeting = try await TCPClient.get(port: port)
                                #expect(greeting.hasPrefix("hello from worker"))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            for id in 1...6 {
                try await agent.post("/v1/workers:fork", #"{"env": {"PORT": "0"}, "wait": "listening"}"#)
                try await agent.post("/v1/workers/\(id):disconnect")
                let exit = try await agent.event(.exit, of: id)
                #expect(exit.data["code"] == 0 && exit.data["reason"] == "disconnected")
            }
            clients.cancel()
            try await clients.value
        }
    }

    @Test func `SIGTERM ends a worker in good order`() async throws {
        try await withWorkers(.roundRobin) { agent, port in
            #expect(try await TCPClient.get(port: port).hasPrefix("hello from worker"))
            try await agent.post("/v1/workers/1:kill", #"{"wait": true}"#)
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["code"] == 0 && exit.data["reason"] == "disconnected")
            #expect(try await TCPClient.get(port: port) == "hello from worker 2\n")
        }
    }

    @Test func `a failed listen is reported, and the worker ends`() async throws {
        let program = try RunningProgram.built("HummingbirdWorker")
        try await withAgent("--workers", "0", "--listen", "127.0.0.1:0", program) { agent in
            // The API has this port.
            try await agent.post(
                "/v1/workers:fork", #"{"env": {"PORT": "\#(agent.port)"}}"#)
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["code"] != 0)
            _ = try await agent.program.errors.first { $0.contains("ADDRESS_IN_USE") }
        }
    }

    @Test func `a program that runs alone listens by itself`() async throws {
        let program = try RunningProgram(
            RunningProgram.built("HummingbirdWorker"), environment: ["PORT": "0", "LOG_LEVEL": "info"])
        let line = try await program.errors.first { $0.contains("listening on 127.0.0.1:") }
        let port = try #require(line.split(separator: ":").last.flatMap { UInt16($0) })
        #expect(try await TCPClient.get(port: port) == "hello from nobody's worker\n")
        program.signal(SIGTERM)
        #expect(await program.status() == 0)
    }
}
