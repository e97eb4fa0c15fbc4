// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared
import TestSupport
import Testing

/// Runs `body` with a primary for a worker whose connections are SwiftNIO's (`Tests/NIOWorker`).
func withNIOPrimary(
    _ arguments: String..., settings configure: (inout ClusterSettings) -> Void = { _ in },
    _ body: (PrimaryFixture) async throws -> Void
) async throws {
    let path = URL(filePath: SwiftWorkerProgram.path).deletingLastPathComponent().appending(path: "NIOWorker").path
    try await withPrimary(
        "",
        settings: {
            $0.exec = path
            $0.args = arguments
            configure(&$0)
        }, body)
}

extension PrimaryFixture {
    /// A worker that was asked to leave serves an echo to this client until it hangs up, and then ends in good order.
    func expectLastService(of worker: WorkerID, to client: SocketClient) async throws {
        try client.write("still there?")
        #expect(try await client.readSome() == "still there?")
        #expect(await primary.worker(worker)?.connected == true)
        try client.endWriting()
        #expect(try await client.readToEnd() == "")
        let end = try await end(of: worker)
        #expect(end.exitCode == 0 && end.exitedAfterDisconnect == true)
    }
}

@Suite("A worker's connection becomes a NIO channel", .serialized, .timeLimit(.minutes(2)))
struct NIOChannelTests {
    @Test("a connection becomes a NIO channel that sends and receives, once", arguments: SchedulingPolicy.allCases)
    func echo(_ policy: SchedulingPolicy) async throws {
        try await withNIOPrimary("connections", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            for number in 1...3 {
                let client = try SocketClient(.tcp(port: port))
                #expect(try await client.readSome() == "worker \(worker.id)\n")
                for text in ["hello", "again"] {
                    try client.write(text)
                    #expect(try await client.readSome() == text)
                }
                // What it was told when it wanted a channel of the same connection again.
                #expect(try await cluster.log.message(number, of: worker.id) == "CONNECTION_CLOSED")
            }
        }
    }

    @Test("a worker leaves when its NIO channel is closed, not before", arguments: SchedulingPolicy.allCases)
    func counted(_ policy: SchedulingPolicy) async throws {
        try await withNIOPrimary("connections", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            let client = try SocketClient(.tcp(port: port))
            #expect(try await client.readSome() == "worker \(worker.id)\n")
            _ = try await cluster.primary.disconnect(worker.id)
            // Its listener is closed: only this connection keeps it.
            #expect(try await cluster.log.message(2, of: worker.id) == "no more")
            try await cluster.expectLastService(of: worker.id, to: client)
        }
    }
}
