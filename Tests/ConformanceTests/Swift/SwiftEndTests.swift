// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@Suite("Workers in Swift go", .serialized, .timeLimit(.minutes(2)))
struct SwiftEndTests {
    @Test("a worker in Swift leaves when its connections are closed", arguments: SchedulingPolicy.allCases)
    func waitsForConnections(_ policy: SchedulingPolicy) async throws {
        try await withSwiftPrimary("http-server", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            let client = try SocketClient(.tcp(port: port))
            // The worker has it: only then does it count.
            #expect(try await TCPClient.get(port: port) == "worker \(worker.id)")
            _ = try await cluster.primary.disconnect(worker.id)
            try client.write("GET / HTTP/1.1\r\n\r\n")
            #expect(try await client.readToEnd().hasSuffix("worker \(worker.id)"))
            let end = try await cluster.end(of: worker.id)
            #expect(end.exitCode == 0 && end.exitedAfterDisconnect == true)
        }
    }

    @Test("workers in Swift are replaced under load, and no request fails", arguments: SchedulingPolicy.allCases)
    func replaceUnderLoad(_ policy: SchedulingPolicy) async throws {
        try await withSwiftPrimary("http-server", settings: { $0.schedulingPolicy = policy }) { cluster in
            try await cluster.replaceUnderLoad(5) { _ = try await TCPClient.get(port: $0) }
        }
    }

    @Test("the last message of a worker in Swift arrives even if it ends at once")
    func lastWord() async throws {
        try await withSwiftPrimary("last-word") { cluster in
            for _ in 0..<20 {
                let id = try await cluster.fork()
                #expect(try await cluster.exit(of: id).worker.exitCode == 0)
                #expect(try await cluster.log.message(1, of: id) == "last word")
            }
        }
    }

    @Test("workers in Swift end when their primary is killed, and nothing is left")
    func primaryVanishes() async throws {
        let program = try SpawnedProgram(SwiftWorkerProgram.path, ["own-primary", "2"])
        let lines = await program.output.lines(2)
        let port = try #require(lines.first?.split(separator: " ").last.flatMap { UInt16($0) })
        #expect(lines == ["listening \(port)", "listening \(port)"])
        var served: Set<String> = []
        for _ in 0..<2 { served.insert(try await TCPClient.get(port: port)) }
        #expect(served == ["worker 1", "worker 2"])
        kill(program.pid, SIGKILL)
        for await status in program.ends { #expect(status == -SIGKILL) }
        try await SocketClient.waitUntilRefused(port: port)
    }
}
