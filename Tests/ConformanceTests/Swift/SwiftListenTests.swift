// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared
import TestSupport
import Testing

@Suite("Workers in Swift listen", .serialized, .timeLimit(.minutes(2)))
struct SwiftListenTests {
    @Test("workers in Swift and in Node share a port and its connections", arguments: Serialization.allCases)
    func roundRobin(_ serialization: Serialization) async throws {
        try await withPrimary("http-server.js", settings: { $0.serialization = serialization }) { cluster in
            let (_, port) = try await cluster.forkListening()
            _ = try await cluster.primary.setupPrimary(.swiftWorker("http-server"))
            let (_, second) = try await cluster.forkListening()
            #expect(port == second)
            var served: [String: Int] = [:]
            for _ in 0..<10 { served[try await TCPClient.get(port: port), default: 0] += 1 }
            #expect(served == ["worker 1": 5, "worker 2": 5])
        }
    }

    @Test("a worker that listens at once is reported even to a late waiter")
    func quickly() async throws {
        try await withSwiftPrimary("http-server") { cluster in
            for _ in 0..<50 {
                let (worker, _) = try await cluster.forkListening()
                _ = try await cluster.primary.disconnect(worker.id)
            }
        }
    }

    @Test("workers in Swift and in Node accept from one port", arguments: [SchedulingPolicy.none, .reuseport])
    func shared(_ policy: SchedulingPolicy) async throws {
        try await withSwiftPrimary("http-server", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (_, port) = try await cluster.forkListening()
            _ = try await cluster.primary.setupPrimary(.nodeWorker("http-server.js"))
            let (_, second) = try await cluster.forkListening()
            #expect(port == second)
            // Who gets a connection is the kernel's choice, so both come in time.
            var served: Set<String> = []
            while served.count < 2 { served.insert(try await TCPClient.get(port: port)) }
            #expect(served == ["worker 1", "worker 2"])
        }
    }

    @Test("workers in Swift listen under Node's own primary, with Node's workers", arguments: ["rr", "none"])
    func underNode(_ policy: String) async throws {
        let program = NodeProgram(
            """
            process.env.NODE_CLUSTER_SCHED_POLICY = input.policy;
            const cluster = require('cluster');
            const listening = () => new Promise((resolve) => cluster.once('listening', (w, a) => resolve(a.port)));
            cluster.setupPrimary({ exec: input.node, args: [], execArgv: [] });
            cluster.fork();
            const port = await listening();
            process.execPath = input.swift;
            cluster.setupPrimary({ exec: input.swift, args: ['http-server'] });
            cluster.fork();
            const second = await listening();
            const served = {};
            const get = () => fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
            while (Object.keys(served).length < 2 || (input.policy === 'rr' && served['worker 2'] < 5)) {
              const body = await (await get()).text();
              served[body] = (served[body] ?? 0) + 1;
            }
            await new Promise((resolve) => cluster.disconnect(resolve));
            return { samePort: port === second, served };
            """)
        struct Outcome: Decodable {
            let samePort: Bool
            let served: [String: Int]
        }
        let outcome = try await program.run(
            ["policy": policy, "node": workerScript("http-server.js"), "swift": SwiftWorkerProgram.path],
            as: Outcome.self)
        #expect(outcome.samePort)
        #expect(Set(outcome.served.keys) == ["worker 1", "worker 2"])
        if policy == "rr" { #expect(abs(outcome.served["worker 1", default: 0] - 5) <= 1) }
    }

    @Test("a worker in Swift listens on each kind of address")
    func places() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            let arguments = [
                #"{"port":0,"host":"127.0.0.1"}"#, #"{"port":0,"host":"localhost"}"#, #"{"path":"\#(path)"}"#,
                #"{"port":0,"exclusive":true}"#, #"{"port":0,"reusePort":true}"#, #"{"port":0,"host":"::1"}"#,
            ]
            try await withSwiftPrimary("listen", arguments) { cluster in
                let id = try await cluster.forkOnline()
                for number in 1...arguments.count {
                    let message = try await cluster.log.message(number, of: id)
                    let address =
                        switch message["address"]?["port"] {
                        case .integer(-1): SocketClient.Address.unix(path)
                        case .integer(let port):
                            SocketClient.Address.tcp(
                                port: try #require(UInt16(exactly: port)),
                                host: message["address"]?["addressType"] == 6 ? "::1" : "127.0.0.1")
                        default: throw PrimaryFixture.NoPort(message: message)
                        }
                    #expect(try await SocketClient.exchange(address) == "\(id)")
                }
            }
        }
    }

    @Test("a worker in Swift that cannot listen gets the reason")
    func refusals() async throws {
        try await withPrimary("http-server.js") { cluster in
            // A port of somebody else: of an exclusive listener of another worker.
            _ = try await cluster.primary.setupPrimary(.swiftWorker("listen", [#"{"port":0,"exclusive":true}"#]))
            let owner = try await cluster.fork()
            let taken = try await cluster.port(1, of: owner)
            let cases = [
                (#"{"port":\#(taken)}"#, "ADDRESS_IN_USE"), (#"{"port":70000}"#, "INVALID_FIELD"),
                (#"{"port":0,"host":"192.0.2.1"}"#, "ADDRESS_NOT_AVAILABLE"),
                (#"{"port":0,"host":"no.such.host.invalid"}"#, "ADDRESS_NOT_AVAILABLE"),
                (#"{"path":"/nonexistent/s"}"#, "ADDRESS_NOT_PERMITTED"), (#"{"fd":9999}"#, "LISTEN_FAILED"),
            ]
            _ = try await cluster.primary.setupPrimary(.swiftWorker("listen", cases.map(\.0)))
            let id = try await cluster.fork()
            for (number, (arguments, reason)) in cases.enumerated() {
                let message = try await cluster.log.message(number + 1, of: id)
                #expect(message["reason"] == .string(reason), "\(arguments): \(message)")
            }
        }
    }

    @Test("a worker in Swift listens at one place once")
    func twice() async throws {
        try await withTemporaryDirectory { directory in
            let path = #"{"path":"\#(directory.appending(path: "s").path)"}"#
            try await withSwiftPrimary("listen", [path, path]) { cluster in
                let id = try await cluster.fork()
                #expect(try await cluster.log.message(1, of: id)["reason"] == nil)
                #expect(try await cluster.log.message(2, of: id)["reason"] == "ALREADY_LISTENING")
            }
        }
    }

    @Test("a worker in Swift takes as many connections as it wants", arguments: SchedulingPolicy.allCases)
    func maxConnections(_ policy: SchedulingPolicy) async throws {
        let arguments = [#"{"port":0,"maxConnections":1}"#]
        try await withSwiftPrimary("listen", arguments, settings: { $0.schedulingPolicy = policy }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            let first = try SocketClient(.tcp(port: port))
            #expect(try await first.readSome() == "\(worker.id)")
            // It waits until the first is closed.
            let second = try SocketClient(.tcp(port: port))
            _ = consume first
            #expect(try await second.readSome() == "\(worker.id)")
        }
    }

    @Test("workers in Swift share a datagram socket")
    func datagrams() async throws {
        try await withSwiftPrimary("udp") { cluster in
            let ids = [try await cluster.fork(), try await cluster.fork()]
            var ports: Set<UInt16> = []
            for id in ids {
                guard case .integer(let port) = try await cluster.log.message(1, of: id)["port"] else { continue }
                ports.insert(try #require(UInt16(exactly: port)))
            }
            #expect(ports.count == 1)
            let client = try SocketClient(.udp(port: try #require(ports.first)))
            try client.write("hello")
            #expect(["1 hello", "2 hello"].contains(try await client.readSome()))
        }
    }
}
