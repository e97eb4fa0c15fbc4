// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// Workers that do what they can to harm the agent and each other, many lives of them.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct HostileLivesTests {
    /// `HOSTILE_LIVES` asks for more, `HOSTILE_SEED` for others.
    private static let lives = number("HOSTILE_LIVES") ?? 240
    private static let seed = number("HOSTILE_SEED") ?? 1
    private static let atOnce = 8

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap(Int.init)
    }

    @Test func `the agent and the other workers outlive hostile workers, and get back what they took`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            let port = try #require(try await agent.worker(1).listening.first?.port.flatMap { UInt16(exactly: $0) })
            let key = try #require(try await agent.get("/v1/cluster", as: ClusterReply.self).handles.first?.key)
            try await run(Self.atOnce * 4, agent, victim: key)
            // The first heartbeat makes a socket that stays.
            while try await agent.worker(1).figures?.eventLoopDelayMs == nil { try Task.checkCancellation() }
            let descriptors = try ProcessTable.openDescriptors(of: agent.program.pid)
            let memory = try ProcessTable.residentBytes(of: agent.program.pid)

            let clients = Task {
                var answers = 0
                while !Task.isCancelled {
                    let answer = try await TCPClient.get(port: port)
                    #expect(answer == "worker 1")
                    answers += 1
                }
                return answers
            }
            try await run(Self.lives, agent, victim: key)
            clients.cancel()
            #expect(try await clients.value > 0)

            #expect(try await agent.worker(1).connected)
            #expect(try await agent.kinds(of: 1) == [.fork, .online, .listening])
            while try ProcessTable.openDescriptors(of: agent.program.pid) > descriptors {
                try Task.checkCancellation()
                #expect(try await agent.call("GET", "/healthz").status == 200)
            }
            // Allocators keep some of what they had; a leak of a few kilobytes for each life would be more.
            #expect(try ProcessTable.residentBytes(of: agent.program.pid) < memory + 96 << 20)
        }
    }

    /// So many lives, a few of them at once, and waits until they are over.
    private func run(_ lives: Int, _ agent: RunningAgent, victim: String) async throws {
        for batch in 0..<lives / Self.atOnce {
            let serialization = batch % 4 == 3 ? "advanced" : "json"
            let arguments = #"["python3", "-I", "-S", "\#(workerScript("hostile.py"))", "life"]"#
            try await agent.post(
                "/v1/cluster:setupPrimary",
                #"{"exec": "/usr/bin/env", "args": \#(arguments), "serialization": "\#(serialization)", "silent": true}"#
            )
            let environment = #"{"VICTIM_KEY": "\#(victim)", "HOSTILE_SEED": "\#(Self.seed)"}"#
            try await agent.post("/v1/workers:fork", #"{"count": \#(Self.atOnce), "env": \#(environment)}"#)
            while try await agent.workers().count > 1 { try Task.checkCancellation() }
        }
    }
}

extension ProcessTable {
    /// What it has in memory (proc_pid_statm(5)).
    static func residentBytes(of pid: Int32) throws -> Int {
        let fields = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8).split(separator: " ")
        return try #require(fields.dropFirst().first.flatMap { Int($0) }) * Int(getpagesize())
    }
}
