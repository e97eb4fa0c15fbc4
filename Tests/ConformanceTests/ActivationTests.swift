// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

/// Runs `body` with a primary for `activated.py`, whose argument is `mode`.
private func withProgram(
    _ mode: String = "", _ urls: String..., settings more: (inout ClusterSettings) -> Void = { _ in },
    _ body: (PrimaryFixture) async throws -> Void
) async throws {
    let listen = try (urls.isEmpty ? ["tcp://127.0.0.1:0"] : urls).map { try ListenURL(parsing: $0) }
    let settings = { (settings: inout ClusterSettings) in
        settings.execPath = "python3"
        settings.args = [mode]
        settings.listen = listen
        more(&settings)
    }
    try await withPrimary("activated.py", settings: settings, body)
}

extension PrimaryFixture {
    /// The names of its events, in order, once it is gone.
    fileprivate func life(of id: WorkerID) async throws -> [EventType] {
        try await end(of: id)
        return await log.kinds(of: id)
    }
}

@Suite("Programs that know nothing of clusters", .serialized, .timeLimit(.minutes(2)))
struct ActivationTests {
    private static let hold = "GET /hold HTTP/1.0\r\n\r\n"

    @Test(
        "a program finds its sockets from 3 on, its own pid, and the channel behind them if it wants it",
        arguments: [false, true])
    func environment(_ channel: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try await withProgram("", "tcp://127.0.0.1:0#web", "unix://\(path)", settings: { $0.channel = channel }) {
                cluster in
                let (worker, port) = try await cluster.forkListening()
                let told = try await Introduction.get(port)
                #expect(told.pid == worker.pid)
                let own = ["LISTEN_FDS": "2", "LISTEN_PID": "\(told.pid)", "LISTEN_FDNAMES": "web:unix"]
                let channels = ["NODE_CHANNEL_FD": "5", "NODE_UNIQUE_ID": "\(worker.id)"]
                #expect(told.environment == (channel ? own.merging(channels) { $1 } : own))
                #expect(!told.notifies)
                #expect(
                    told.descriptors == [
                        .init(family: "AF_INET", type: "SOCK_STREAM", blocks: true, listens: true),
                        .init(family: "AF_UNIX", type: "SOCK_STREAM", blocks: true, listens: true),
                    ])
                #expect(worker.listening.map(\.addressType) == [.tcp4, .pipe])
                #expect(worker.listening.map(\.address) == ["127.0.0.1", path])
                let reply = try await SocketClient.exchange(.unix(path), "GET / HTTP/1.0\r\n\r\n")
                #expect(try Introduction(reply: reply).pid == told.pid)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("a unix socket is made even if a killed program has left one")
    func leftBehind() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try SocketFile.leaveBehind(path)
            try await withProgram("", "unix://\(path)") { cluster in
                let id = try await cluster.fork()
                let worker = try await cluster.primary.wait(for: [id], until: .listening)[0]
                #expect(worker.listening.map(\.address) == [path])
                let reply = try await SocketClient.exchange(.unix(path), "GET / HTTP/1.0\r\n\r\n")
                #expect(try Introduction(reply: reply).pid == worker.pid)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("workers share the port, and a free one serves what a busy one cannot", arguments: SchedulingPolicy.allCases)
    func shared(_ policy: SchedulingPolicy) async throws {
        try await withProgram(settings: { $0.schedulingPolicy = policy }) { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, samePort) = try await cluster.forkListening()
            #expect(port == samePort)
            let held = try SocketClient(.tcp(port: port))
            try held.write(Self.hold)
            // The headers come before the body.
            var reply = ""
            while !reply.hasSuffix("}\n") { reply += try await held.readSome() }
            let busy = try Introduction(reply: reply).pid
            let free = try await Introduction.get(port).pid
            #expect(Set([busy, free]) == Set([first.pid, second.pid]))
            #expect(await cluster.primary.status.handles.map(\.workers) == [[first.id, second.id]])
        }
    }

    @Test("IPv6 and datagram sockets work too")
    func otherSockets() async throws {
        try await withProgram("", "tcp://[::1]:0") { cluster in
            let (worker, port) = try await cluster.forkListening()
            #expect(worker.listening.map(\.addressType) == [.tcp6])
            #expect(try await Introduction.get(port, host: "::1").pid == worker.pid)
        }
        try await withProgram("udp", "udp://127.0.0.1:0") { cluster in
            let (worker, port) = try await cluster.forkListening()
            let client = try SocketClient(.udp(port: port))
            try client.write("?")
            #expect(try await client.readSome() == worker.pid.map(String.init))
        }
    }

    // MARK: Being ready

    @Test("a worker that reports readiness listens when it does so")
    func notifies() async throws {
        try await withProgram("on-usr1", settings: { $0.ready = .notify }) { cluster in
            let id = try await cluster.forkOnline()
            let port = try #require(await cluster.primary.status.handles.first?.port)
            // A client gets an answer: the handler of the signal is there before the sockets are served.
            let told = try await Introduction.get(try #require(UInt16(exactly: port)))
            #expect(told.notifies)
            #expect(await cluster.primary.worker(id)?.state == .online)
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGUSR1")))
            let worker = try await cluster.primary.wait(for: [id], until: .listening)[0]
            #expect(worker.listening.map(\.port) == [port])
        }
    }

    @Test("the last word of a worker counts")
    func lastWord() async throws {
        try await withProgram("ready-and-gone", settings: { $0.ready = .notify }) { cluster in
            let life = try await cluster.life(of: try await cluster.fork())
            #expect(life == [.fork, .online, .listening, .exit, .disconnect])
        }
    }

    @Test("another process cannot report readiness for a worker")
    func impostor() async throws {
        try await withProgram("impostor", settings: { $0.ready = .notify }) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.life(of: id) == [.fork, .online, .exit, .disconnect])
            #expect(try await cluster.exit(of: id).report.code == 3)
        }
    }

    @Test(
        "a worker of another user is heard too",
        .enabled(if: getuid() == 0, "only root may give a worker another identity"))
    func otherUser() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.execPath = "/usr/bin/python3"
            settings.ready = .notify
            settings.uid = .number(65534)
        }
        try await withReadableCopy(of: workerScript("activated.py")) { copy in
            try await withProgram(
                "ready-and-gone",
                settings: {
                    settings(&$0); $0.exec = copy
                }
            ) { cluster in
                let life = try await cluster.life(of: try await cluster.fork())
                #expect(life == [.fork, .online, .listening, .exit, .disconnect])
            }
        }
    }

    // MARK: The channel

    @Test("a Node tool that the program runs takes no channel and is not a worker")
    func noChannel() async throws {
        try await withTemporaryDirectory { directory in
            let told = directory.appending(path: "told").path
            let tool = """
                const told = [typeof process.send, require("cluster").isWorker, process.env.NODE_CHANNEL_FD];
                require("fs").writeFileSync(process.argv[1], JSON.stringify(told));
                """
            let settings = { (settings: inout ClusterSettings) in
                settings.exec = "/bin/sh"
                settings.execPath = nil
                settings.args = ["-c", #"node -e "$1" "$2" && exec sleep 600"#, "sh", tool, told]
            }
            try await withProgram(settings: settings) { cluster in
                let id = try await cluster.fork()
                var text = ""
                while text.isEmpty {
                    text = (try? String(contentsOfFile: told, encoding: .utf8)) ?? ""
                    await Task.yield()
                }
                #expect(text == #"["undefined",false,null]"#)
                let error = await #expect(throws: ClusterError.self) { try await cluster.send("1", to: id) }
                #expect(error?.reason == .workerTakesNoMessages)
                _ = try await cluster.primary.disconnect(id)
                let gone = try await cluster.end(of: id)
                #expect(gone.exit?.reason == .disconnected)
                #expect(try await cluster.life(of: id) == [.fork, .online, .listening, .leaving, .exit, .disconnect])
            }
        }
    }

    @Test("a Node program listens on its own sockets by their numbers", arguments: [false, true])
    func nodeProgram(_ channel: Bool) async throws {
        for policy in SchedulingPolicy.allCases {
            let settings = { (settings: inout ClusterSettings) in
                settings.exec = workerScript("activated.js")
                settings.execPath = nil
                settings.channel = channel
                settings.schedulingPolicy = policy
            }
            try await withProgram("", "tcp://127.0.0.1:0", "tcp://127.0.0.1:0", settings: settings) { cluster in
                let ids = try await cluster.primary.fork(count: 2).map(\.id)
                let workers = try await cluster.primary.wait(for: ids, until: .listening)
                let ports = await cluster.primary.status.handles.compactMap(\.port).compactMap(UInt16.init(exactly:))
                #expect(ports.count == 2, "a query for one of them makes no other socket")
                for (place, port) in ports.enumerated() {
                    let reply = try await SocketClient.exchange(.tcp(port: port))
                    #expect(workers.contains { reply == "\($0.pid ?? 0) \(3 + place) \(channel)" })
                }
                // A worker that is told to leave by a message closes its servers. A signal ends Node.
                for id in ids { _ = try await cluster.primary.disconnect(id) }
                for id in ids { #expect(try await cluster.end(of: id).exit?.reason == .disconnected) }
            }
        }
    }

    // MARK: Going

    @Test("a worker that is asked to leave finishes its work")
    func disconnect() async throws {
        try await withProgram("graceful") { cluster in
            let (worker, port) = try await cluster.forkListening()
            let held = try SocketClient(.tcp(port: port))
            try held.write(Self.hold)
            _ = try await held.readSome()
            let told = try await cluster.primary.disconnect(worker.id)
            #expect(told.connected && told.exitedAfterDisconnect == true && !told.dead)
            #expect(await cluster.primary.status.handles.map(\.workers) == [[]])
            try held.endWriting()
            _ = try await held.readToEnd()
            let gone = try await cluster.end(of: worker.id)
            #expect(gone.exit?.reason == .disconnected && gone.exitCode == 0 && gone.exitedAfterDisconnect == true)
        }
    }

    @Test("a worker without a handler ends by the signal")
    func signalled() async throws {
        try await withProgram(settings: {
            $0.disconnectSignal = .interrupt; $0.silent = true
        }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            _ = try await Introduction.get(port)
            _ = try await cluster.primary.disconnect(worker.id, abrupt: true)
            let gone = try await cluster.end(of: worker.id)
            // Python's own way: a KeyboardInterrupt, which it ends itself by.
            #expect(gone.exit?.reason == .disconnected && gone.signal == "SIGINT")
        }
    }

    @Test("a worker that is killed leaves its port to the next, and nobody is refused")
    func replaced() async throws {
        try await withProgram { cluster in
            let (first, port) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(first.id, signal: .kill)
            let gone = try await cluster.end(of: first.id)
            #expect(gone.exit?.reason == .signaled && gone.exitedAfterDisconnect == false)
            let waiting = try SocketClient(.tcp(port: port))
            try waiting.write("GET / HTTP/1.0\r\n\r\n")
            let (second, samePort) = try await cluster.forkListening()
            #expect(samePort == port)
            #expect(try Introduction(reply: try await waiting.readToEnd()).pid == second.pid)
        }
    }

    @Test("a program that closes the channel lives on, and takes no messages")
    func closesChannel() async throws {
        try await withProgram("closes", settings: { $0.channel = true }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            #expect(try await Introduction.get(port).pid == worker.pid)
            #expect(await cluster.primary.worker(worker.id)?.connected == true)
            let error = await #expect(throws: ClusterError.self) { try await cluster.send("1", to: worker.id) }
            #expect(error?.reason == .workerTakesNoMessages)
            _ = try await cluster.primary.kill(worker.id)
            #expect(
                try await cluster.life(of: worker.id) == [.fork, .online, .listening, .exit, .disconnect])
        }
    }
}
