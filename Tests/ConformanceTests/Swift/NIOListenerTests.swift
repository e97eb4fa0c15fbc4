// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared
import TestSupport
import Testing

@Suite("A worker's listener becomes a NIO server channel", .serialized, .timeLimit(.minutes(2)))
struct NIOListenerTests {
    @Test("a NIO server gets the listener's connections under each policy", arguments: SchedulingPolicy.allCases)
    func echo(_ policy: SchedulingPolicy) async throws {
        try await withNIOPrimary("listener", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, samePort) = try await cluster.forkListening()
            #expect(port == samePort)
            // Who gets a connection may be the kernel's choice, so both come in time.
            var served: Set<String> = []
            while served.count < 2 {
                let client = try SocketClient(.tcp(port: port))
                served.insert(try await client.readSome())
                try client.write("hello")
                #expect(try await client.readSome() == "hello")
            }
            #expect(served == ["worker \(first.id)\n", "worker \(second.id)\n"])
        }
    }

    @Test("a NIO server that leaves lets its open connections finish", arguments: SchedulingPolicy.allCases)
    func disconnect(_ policy: SchedulingPolicy) async throws {
        try await withNIOPrimary("listener", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            let client = try SocketClient(.tcp(port: port))
            #expect(try await client.readSome() == "worker \(worker.id)\n")
            _ = try await cluster.primary.disconnect(worker.id)
            // The next one serves what comes from now on.
            let (next, _) = try await cluster.forkListening()
            let later = try SocketClient(.tcp(port: port))
            #expect(try await later.readSome() == "worker \(next.id)\n")
            try await cluster.expectLastService(of: worker.id, to: client)
        }
    }

    @Test("no connection is lost if workers with NIO servers are replaced", arguments: SchedulingPolicy.allCases)
    func replace(_ policy: SchedulingPolicy) async throws {
        try await withNIOPrimary("sequence", settings: { $0.schedulingPolicy = policy }) { cluster in
            try await cluster.replaceUnderLoad(10) { port in
                let greeting = try await SocketClient.exchange(.tcp(port: port))
                #expect(greeting.hasPrefix("worker "))
            }
        }
    }

    @Test("a NIO server has as many connections as the listener wants", arguments: SchedulingPolicy.allCases)
    func maxConnections(_ policy: SchedulingPolicy) async throws {
        try await withNIOPrimary("listener", "1", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            for _ in 0..<3 {
                let first = try SocketClient(.tcp(port: port))
                #expect(try await first.readSome() == "worker \(worker.id)\n")
                let second = try SocketClient(.tcp(port: port))
                try first.write("alone")
                #expect(try await first.readSome() == "alone")
                // It waits until the first is closed.
                _ = consume first
                #expect(try await second.readSome() == "worker \(worker.id)\n")
            }
        }
    }

    @Test("the end of a NIO server is the listener's end", arguments: SchedulingPolicy.allCases)
    func close(_ policy: SchedulingPolicy) async throws {
        try await withNIOPrimary("close", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            try await cluster.send("1", to: worker.id)
            #expect(try await cluster.log.message(1, of: worker.id) == "closed")
            // The primary is told, and closes the port with its last listener; no client has to come for that.
            while await !cluster.primary.status.handles.isEmpty {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await SocketClient.waitUntilRefused(port: port)
            #expect(await cluster.primary.worker(worker.id)?.connected == true)
        }
    }

    @Test("the end of a NIO server closes connections that it has not read")
    func closeWithWaiting() async throws {
        try await withNIOPrimary("stall") { cluster in
            let (worker, port) = try await cluster.forkListening()
            let first = try SocketClient(.tcp(port: port))
            #expect(try await first.readSome() == "worker \(worker.id)\n")
            let waiting = try (0..<4).map { _ in try SocketClient(.tcp(port: port)) }
            while await cluster.primary.statistics.connections.handedOver < 5 {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await cluster.send("1", to: worker.id)
            for client in waiting { #expect(try await client.readToEnd() == "") }
            #expect(try await cluster.log.message(1, of: worker.id) == "closed")
            try first.endWriting()
            #expect(try await first.readToEnd() == "")
            // No connection is left that the worker would wait for.
            _ = try await cluster.primary.disconnect(worker.id)
            let end = try await cluster.end(of: worker.id)
            #expect(end.exitCode == 0 && end.exitedAfterDisconnect == true)
        }
    }
}
