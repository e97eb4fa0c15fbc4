// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Workers that name descriptors of the agent.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct DescriptorTests {
    private static let count = 40

    /// What came of each number, in the order in which the worker tried them.
    private func results(_ program: RunningProgram) async throws -> [String] {
        try await program.output.first { $0 == "done" }
        return await program.output.lines.filter { $0.first?.isNumber == true }
    }

    /// Those that only the agent can have opened: event loops, timers and watches of processes.
    private func ownDescriptors(_ pid: Int32) throws -> [Int] {
        let folder = "/proc/\(pid)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            let info = try? String(contentsOfFile: "/proc/\(pid)/fdinfo/\(name)", encoding: .utf8)
            let flags = info?.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t").last
            // The agent's own close at an exec. One that it was started with did not (proc_pid_fdinfo(5)).
            let closes = flags.flatMap { Int32($0, radix: 8) }.map { $0 & O_CLOEXEC != 0 } ?? false
            return closes && target?.hasPrefix("anon_inode:[") == true
        }.compactMap { Int($0) }
    }

    private func flags(_ pid: Int32) throws -> [String] {
        // Node makes a pipe nonblocking that it writes to, so this is of the input alone.
        try [0].map { try String(contentsOfFile: "/proc/\(pid)/fdinfo/\($0)", encoding: .utf8) }
            .map { $0.split(separator: "\n").filter { $0.hasPrefix("flags:") }.joined() }
    }

    @Test(arguments: SchedulingPolicy.allCases)
    func `a worker cannot listen on the agent's own descriptors`(_ policy: SchedulingPolicy) async throws {
        try await withAgent(
            "--scheduling-policy", policy.rawValue, "--workers", "0", workerScript("listen-descriptors.js"),
            "\(Self.count)"
        ) { agent in
            let before = try flags(agent.program.pid)
            try await agent.post("/v1/workers:fork")
            let results = try await results(agent.program)
            #expect(results.count == Self.count && results.allSatisfy { !$0.hasSuffix("listening") })
            // What these tests themselves leave to the agent may be named, and is nothing that could be listened on.
            let own = try ownDescriptors(agent.program.pid).filter { $0 < Self.count }
            #expect(!own.isEmpty && own.allSatisfy { results.contains("\($0) EBADF") })
            #expect(try flags(agent.program.pid) == before)
            #expect(try await agent.call("GET", "/v1/version", over: .tcp).status == 200)
        }
    }

    /// Starts the agent with a listening socket as descriptor 9, which blocks or does not.
    private func withInheritedListener(
        _ isBlocking: Bool, _ policy: SchedulingPolicy, _ body: (RunningProgram, _ port: UInt16) async throws -> Void
    ) async throws {
        let launcher = """
            import os, socket, sys
            listener = socket.create_server(("127.0.0.1", 0))
            listener.setblocking(sys.argv[1] == "true")
            os.dup2(listener.fileno(), 9)
            print("port", listener.getsockname()[1], flush=True)
            os.execv(sys.argv[2], sys.argv[2:])
            """
        try await withTemporaryDirectory { directory in
            let program = try RunningProgram(
                "python3",
                [
                    "-c", launcher, "\(isBlocking)", try RunningProgram.built("cluster-agent"), "--listen",
                    "127.0.0.1:0",
                    "--data-dir", directory.path, "--scheduling-policy", policy.rawValue, "--workers", "1",
                    workerScript("listen-descriptors.js"), "\(Self.count)",
                ])
            do {
                let line = try await program.output.first { $0.hasPrefix("port ") }
                try await body(program, try #require(UInt16(line.dropFirst("port ".count))))
            } catch {
                await program.stop()
                throw error
            }
            program.signal(SIGTERM)
            #expect(await program.status() == 0)
        }
    }

    @Test(arguments: SchedulingPolicy.allCases, [true, false])
    func `a worker can listen on a descriptor that the agent was started with`(
        _ policy: SchedulingPolicy, _ isBlocking: Bool
    ) async throws {
        try await withInheritedListener(isBlocking, policy) { program, port in
            let results = try await results(program)
            #expect(results.filter { $0.hasSuffix("listening") } == ["9 listening"])
            for _ in 0..<3 { #expect(Int(try await TCPClient.get(port: port)) != nil) }
            // A worker that accepts itself changes them.
            guard policy != .none else { return }
            let info = try String(contentsOfFile: "/proc/\(program.pid)/fdinfo/9", encoding: .utf8)
            let flags = try #require(info.firstMatch(of: #/flags:\s+(\d+)/#).flatMap { Int32($0.1, radix: 8) })
            #expect((flags & O_NONBLOCK == 0) == isBlocking)
        }
    }
}
