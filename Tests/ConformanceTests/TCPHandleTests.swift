// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@Suite("TCP servers of workers", .serialized, .timeLimit(.minutes(1)))
struct TCPHandleTests {
    /// What a worker asks for, the addresses at which it can then be reached, and those at which it cannot.
    struct Case: Sendable, CustomTestStringConvertible {
        let options: String
        var reachable: [String] = []
        var unreachable: [String] = []
        var testDescription: String { options }
    }

    @Test(
        "a server is reachable where the program wants it to be", arguments: SchedulingPolicy.allCases,
        [
            Case(options: #"{"port": 0}"#, reachable: ["127.0.0.1", "::1"]),
            Case(options: #"{"port": 0, "host": "127.0.0.1"}"#, reachable: ["127.0.0.1"], unreachable: ["::1"]),
            Case(options: #"{"port": 0, "host": "0.0.0.0"}"#, reachable: ["127.0.0.1"], unreachable: ["::1"]),
            Case(options: #"{"port": 0, "host": "::1"}"#, reachable: ["::1"], unreachable: ["127.0.0.1"]),
            Case(options: #"{"port": 0, "host": "::"}"#, reachable: ["127.0.0.1", "::1"]),
            Case(
                options: #"{"port": 0, "host": "::", "ipv6Only": true}"#, reachable: ["::1"],
                unreachable: ["127.0.0.1"]),
            Case(options: #"{"port": 0, "host": "localhost"}"#, reachable: ["127.0.0.1"]),
            Case(options: #"{"port": 0, "exclusive": true, "host": "127.0.0.1"}"#, reachable: ["127.0.0.1"]),
        ])
    func addresses(_ policy: SchedulingPolicy, _ wish: Case) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = [wish.options]
            settings.schedulingPolicy = policy
        }
        try await withPrimary("listen.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            let port = try await cluster.port(1, of: id)
            for host in wish.reachable {
                #expect(try await SocketClient.exchange(.tcp(port: port, host: host)) == "\(id)")
            }
            for host in wish.unreachable {
                #expect(throws: SocketClient.Failure(operation: "connect", code: ECONNREFUSED)) {
                    _ = try SocketClient(.tcp(port: port, host: host))
                }
            }
        }
    }

    @Test(
        "two servers on port 0 have two ports, the same two in each worker", arguments: SchedulingPolicy.allCases)
    func twoPorts(_ policy: SchedulingPolicy) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = ["0", "0"]
            settings.schedulingPolicy = policy
        }
        try await withPrimary("listen.js", settings: settings) { cluster in
            var ports: [Set<UInt16>] = []
            for _ in 0..<2 {
                let id = try await cluster.fork()
                ports.append([try await cluster.port(1, of: id), try await cluster.port(2, of: id)])
            }
            #expect(ports[0].count == 2)
            #expect(ports[0] == ports[1])
        }
    }

    @Test(
        "every form of listen with a callback is understood",
        arguments: [
            #"[0]"#, #"[0,"127.0.0.1"]"#, #"[0,null]"#, #"[0,"localhost",10]"#, #"["0"]"#,
            #"[{"port":0,"backlog":"10"}]"#,
            #"[{"port":0,"backlog":0}]"#, #"[{"port":0,"ipv6Only":1}]"#, #"[{"port":0,"readableAll":1}]"#,
        ], SchedulingPolicy.allCases)
    func forms(_ arguments: String, _ policy: SchedulingPolicy) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = [arguments]
            settings.schedulingPolicy = policy
        }
        try await withPrimary("listen-forms.js", settings: settings) { cluster in
            let reply = try await cluster.firstMessageOfFork()
            #expect(reply == ["listening": true])
        }
    }

    @Test("an exclusive server is the worker's own")
    func exclusive() async throws {
        try await withPrimary("listen.js", settings: { $0.args = [#"{"port": 0, "exclusive": true}"#] }) { cluster in
            let first = try await cluster.fork()
            let second = try await cluster.fork()
            let ports = [try await cluster.port(1, of: first), try await cluster.port(1, of: second)]
            #expect(ports[0] != ports[1])
            #expect(await cluster.primary.status.handles.isEmpty)
            #expect(await cluster.primary.worker(first)?.state == .online)
        }
    }

    @Test("a handle of the worker's own does not concern the primary")
    func ownHandle() async throws {
        try await withPrimary("own-handle.js") { cluster in
            let id = try await cluster.fork()
            let port = try await cluster.port(1, of: id)
            #expect(try await SocketClient.exchange(.tcp(port: port)) == "own")
            #expect(await cluster.primary.status.handles.isEmpty)
            #expect(await cluster.log.kinds(of: id) == [.fork, .online, .message])
        }
    }

    @Test(
        "a port that is taken is EADDRINUSE in the worker, and can be used later", arguments: SchedulingPolicy.allCases)
    func taken(_ policy: SchedulingPolicy) async throws {
        let others = { (settings: inout ClusterSettings) in
            settings.args = ["0"]
            settings.schedulingPolicy = policy
        }
        try await withPrimary("listen.js", settings: others) { other in
            let holder = try await other.fork()
            let port = try await other.port(1, of: holder)
            let settings = { (settings: inout ClusterSettings) in
                settings.args = ["\(port)"]
                settings.schedulingPolicy = policy
            }
            try await withPrimary("listen.js", settings: settings) { cluster in
                let refused = try await cluster.firstMessageOfFork()
                #expect(refused["code"] == "EADDRINUSE" && refused["syscall"] == "bind")
                #expect(refused["port"] == .integer(Int64(port)))
                _ = try await other.primary.disconnectAll()
                try await other.end(of: holder)
                try await SocketClient.waitUntilRefused(port: port)
                let next = try await cluster.fork()
                #expect(try await cluster.port(1, of: next) == port)
            }
        }
    }

    @Test("an address of another machine is EADDRNOTAVAIL in the worker", arguments: SchedulingPolicy.allCases)
    func foreignAddress(_ policy: SchedulingPolicy) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = [#"{"port": 0, "host": "192.0.2.1"}"#]
            settings.schedulingPolicy = policy
        }
        try await withPrimary("listen.js", settings: settings) { cluster in
            let reply = try await cluster.firstMessageOfFork()
            #expect(reply["code"] == "EADDRNOTAVAIL")
        }
    }

    /// The first port that everybody may bind (ip(7)).
    private static let unprivileged =
        (try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding: .utf8))
        .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 1024

    @Test(
        "a privileged port is EACCES in the worker of a plain user",
        .enabled(if: unprivileged > 1, "every port is free for all here"))
    func privileged() async throws {
        await #expect(processExitsWith: .success) {
            alarm(30)
            try await withReadableCopy(of: workerScript("listen.js")) { script in
                // The program of this test must stay readable, so only the effective user changes.
                let user = geteuid()
                if user == 0 { try #require(setegid(65534) == 0 && seteuid(65534) == 0) }
                // The copy is root's to remove.
                defer { if user == 0 { seteuid(0) } }
                let settings = { (settings: inout ClusterSettings) in
                    settings.exec = script
                    settings.args = ["1"]
                }
                try await withPrimary("listen.js", settings: settings) { cluster in
                    let reply = try await cluster.firstMessageOfFork()
                    try #require(reply["code"] == "EACCES")
                }
            }
        }
    }

    @Test("a port that its last server closes is closed, and can be opened again", arguments: SchedulingPolicy.allCases)
    func reopen(_ policy: SchedulingPolicy) async throws {
        try await withPrimary("close-server.js", settings: { $0.schedulingPolicy = policy }) { cluster in
            let id = try await cluster.fork()
            guard case .integer(let number) = try await cluster.log.message(1, of: id)["open"] else { return }
            let port = try #require(UInt16(exactly: number))
            try await cluster.send(#""close""#, to: id)
            #expect(try await cluster.log.message(2, of: id) == "closed")
            #expect(await cluster.primary.status.handles.isEmpty)
            try await SocketClient.waitUntilRefused(port: port)
            try await cluster.send(#""open""#, to: id)
            #expect(try await cluster.log.message(3, of: id)["open"] == .integer(number))
            #expect(try await SocketClient.exchange(.tcp(port: port)) == "\(id)")
        }
    }

    @Test("a server that one worker closes stays open in the others")
    func closeOne() async throws {
        try await withPrimary("close-server.js") { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, _) = try await cluster.forkListening()
            try await cluster.send(#""close""#, to: first.id)
            #expect(try await cluster.log.message(2, of: first.id) == "closed")
            for _ in 0..<3 { #expect(try await SocketClient.exchange(.tcp(port: port)) == "\(second.id)") }
        }
    }

    @Test("a worker that asks for a port and never listens holds it", arguments: SchedulingPolicy.allCases)
    func neverListens(_ policy: SchedulingPolicy) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = [#"{"address": "127.0.0.1", "port": 0, "addressType": 4}"#]
            settings.schedulingPolicy = policy
        }
        try await withPrimary("query.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            let reply = try await cluster.log.message(1, of: id)
            #expect(reply["errno"] == .null)
            #expect(reply["handle"] == .bool(policy != .roundRobin))
            #expect(await cluster.primary.status.handles.map(\.workers) == [[id]])
            #expect(await cluster.primary.worker(id)?.state == .online)
            _ = try await cluster.primary.disconnectAll()
            #expect(await cluster.primary.status.handles.isEmpty)
        }
    }

    @Test("an invalid port or address is an error in the worker, not in the primary")
    func badQuery() async throws {
        let queries = [
            #"{"address": "127.0.0.1", "port": 65536, "addressType": 4}"#,
            #"{"address": "127.0.0.1", "port": 9007199254740991, "addressType": 4}"#,
            #"{"address": "no address", "port": 0, "addressType": 4}"#,
            #"{"address": "", "port": -1, "addressType": -1}"#,
            #"{"address": null, "port": null, "addressType": null, "fd": 9007199254740991}"#,
        ]
        for query in queries {
            try await withPrimary("query.js", settings: { $0.args = [query] }) { cluster in
                let id = try await cluster.fork()
                guard case .integer(let errno) = try await cluster.log.message(1, of: id)["errno"] else {
                    Issue.record("no error for \(query)")
                    return
                }
                #expect(errno < 0)
                #expect(await cluster.primary.worker(id)?.connected == true)
            }
        }
    }
}
