// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import TestSupport
import Testing

@Suite("Datagram sockets of workers", .serialized, .timeLimit(.minutes(1)))
struct UDPTests {
    private static func exchange(_ text: String, port: UInt16, host: String = "127.0.0.1") async throws -> String {
        let client = try SocketClient(.udp(port: port, host: host))
        try client.write(text)
        return try await client.readSome()
    }

    @Test("workers share one socket, whatever the policy", arguments: SchedulingPolicy.allCases)
    func shared(_ policy: SchedulingPolicy) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = [#"["udp4", {"port": 0}]"#]
            settings.schedulingPolicy = policy
        }
        try await withPrimary("udp.js", settings: settings) { cluster in
            let ids = try await cluster.primary.fork(count: 2).map(\.id)
            let ports = [try await cluster.port(1, of: ids[0]), try await cluster.port(1, of: ids[1])]
            #expect(ports[0] == ports[1])
            for number in 0..<20 {
                let reply = try await Self.exchange("\(number)", port: ports[0])
                #expect(ids.map { "\($0) \(number)" }.contains(reply))
            }
            #expect(await cluster.primary.status.handles.map(\.policy) == [.none])
        }
    }

    @Test(
        "a datagram socket is reachable where the program wants it to be",
        arguments: [
            (#"["udp4", {"port": 0, "address": "127.0.0.1"}]"#, "127.0.0.1"),
            (#"["udp6", {"port": 0}]"#, "127.0.0.1"),
            (#"["udp6", {"port": 0}]"#, "::1"),
            (#"["udp6", {"port": 0, "address": "::1"}]"#, "::1"),
            (#"[{"type": "udp6", "ipv6Only": true}, {"port": 0}]"#, "::1"),
            (#"[{"type": "udp4", "reuseAddr": true}, {"port": 0}]"#, "127.0.0.1"),
            (#"["udp4", {"port": 0, "exclusive": true}]"#, "127.0.0.1"),
            (#"["udp4", {}]"#, "127.0.0.1"),
            // dgram does not look at the type of a port, so it arrives as the program has it.
            (#"["udp4", {"port": "0"}]"#, "127.0.0.1"),
        ])
    func addresses(_ argument: String, _ host: String) async throws {
        try await withPrimary("udp.js", settings: { $0.args = [argument] }) { cluster in
            let id = try await cluster.fork()
            let port = try await cluster.port(1, of: id)
            #expect(try await Self.exchange("x", port: port, host: host) == "\(id) x")
        }
    }

    @Test("the listening event names the address family")
    func listening() async throws {
        try await withPrimary("udp.js", settings: { $0.args = [#"["udp4", {"port": 0}]"#] }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            #expect(
                worker.listening == [
                    ListeningAddress(address: "0.0.0.0", port: Int(port), addressType: .udp4, fd: -1)
                ])
        }
    }

    @Test("two sockets on port 0 have two ports, the same in each worker")
    func twoPorts() async throws {
        let argument = #"["udp4", {"port": 0}]"#
        try await withPrimary("udp.js", settings: { $0.args = [argument, argument] }) { cluster in
            var ports: [Set<UInt16>] = []
            for id in try await cluster.primary.fork(count: 2).map(\.id) {
                ports.append([try await cluster.port(1, of: id), try await cluster.port(2, of: id)])
            }
            #expect(ports[0].count == 2 && ports[0] == ports[1])
        }
    }

    @Test("a port that is taken is EADDRINUSE in the worker")
    func taken() async throws {
        try await withPrimary("udp.js", settings: { $0.args = [#"["udp4", {"port": 0}]"#] }) { other in
            let port = try await other.port(1, of: try await other.fork())
            try await withPrimary("udp.js", settings: { $0.args = [#"["udp4", {"port": \#(port)}]"#] }) { cluster in
                let reply = try await cluster.firstMessageOfFork()
                #expect(reply["code"] == "EADDRINUSE")
            }
        }
    }

    @Test("a socket that its last worker closes is gone")
    func close() async throws {
        try await withPrimary("udp.js", settings: { $0.args = [#"["udp4", {"port": 0}]"#] }) { cluster in
            let id = try await cluster.fork()
            let client = try SocketClient(.udp(port: try await cluster.port(1, of: id)))
            try client.write("close")
            #expect(try await cluster.log.message(2, of: id) == "closed")
            #expect(await cluster.primary.status.handles.isEmpty)
        }
    }
}
