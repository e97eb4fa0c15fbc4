// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Servers that know nothing of clusters, as they come from Debian.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ActivationTests {
    private static let modules = URL(filePath: workerScript("greeting.py")).deletingLastPathComponent().path
    private static let uvicorn = [
        "/usr/bin/python3", "-m", "uvicorn", "--fd", "3", "--lifespan", "off", "--log-level", "warning",
        "--app-dir", modules, "greeting:asgi",
    ]
    private static let gunicorn = ["gunicorn", "--log-level", "warning", "--chdir", modules, "greeting:wsgi"]

    private func port(of worker: Int, _ agent: RunningAgent) async throws -> UInt16 {
        let address = try #require(try await agent.worker(worker).listening.first)
        return try #require(address.port.flatMap { UInt16(exactly: $0) })
    }

    private func greeting(of worker: Int, _ agent: RunningAgent) async throws -> String {
        "hello from process \(try #require(try await agent.worker(worker).pid))\n"
    }

    /// Two workers share a port, one goes when it is told to and one is killed; the history tells of each.
    ///
    /// - Parameter signal: which ends it with all its processes; what these have of the sockets they go on to serve.
    private func live(_ agent: RunningAgent, killedBy signal: String) async throws {
        for id in 1...2 { try await agent.event(.listening, of: id) }
        let port = try await port(of: 1, agent)
        let samePort = try await self.port(of: 2, agent)
        #expect(samePort == port)
        #expect(try await TCPClient.get(port: port).contains("hello from process"))

        try await agent.post("/v1/workers/1:disconnect", #"{"wait": true}"#)
        let gone = try await agent.worker(1)
        #expect(gone.exitedAfterDisconnect == true && gone.exit?.reason == .disconnected)
        let second = try await greeting(of: 2, agent)
        #expect(try await TCPClient.get(port: port) == second)

        let refusal = try await agent.call("POST", "/v1/workers/2:send", body: #"{"message": 1}"#)
        #expect(refusal.status == 400 && refusal.reason == .workerTakesNoMessages)

        _ = try await agent.cli("kill", "2", "--signal", signal, "--wait")
        let killed = try await agent.worker(2)
        #expect(killed.dead && killed.exitedAfterDisconnect == false)

        // Nobody is there for a moment, and still nobody is refused.
        async let waiting = TCPClient.get(port: port)
        try await agent.event(.listening, of: 3)
        let third = try await greeting(of: 3, agent)
        #expect(try await waiting == third)
        #expect(try await agent.kinds(of: 1) == [.fork, .online, .listening, .leaving, .exit, .disconnect])
        #expect(try await agent.kinds(of: 2) == [.fork, .online, .listening, .exit, .disconnect])
        await agent.stopInGoodOrder()
    }

    @Test func `gunicorn reports when it is ready`() async throws {
        let options = [
            "--restart", "always", "--workers", "2", "--worker-listen", "tcp://127.0.0.1:0", "--worker-ready", "notify",
        ]
        try await withTemporaryDirectory { directory in
            try await runAgent(options + Self.gunicorn, in: directory) { agent in
                try await live(agent, killedBy: "SIGTERM")
            }
        }
    }

    @Test func `uvicorn does not report when it is ready`() async throws {
        let options = ["--restart", "always", "--workers", "2", "--worker-listen", "tcp://127.0.0.1:0"]
        try await withTemporaryDirectory { directory in
            try await runAgent(options + Self.uvicorn, in: directory) { agent in
                try await live(agent, killedBy: "SIGKILL")
            }
        }
    }

    /// It finds its sockets by their addresses, so the address must be known before; and its signal for a good end is
    /// SIGINT.
    @Test func `lighttpd serves on a unix socket`() async throws {
        try await withTemporaryDirectory { directory in
            let socket = directory.appending(path: "web.sock").path
            let configuration = directory.appending(path: "lighttpd.conf")
            try """
            server.document-root = "\(directory.path)"
            server.bind = "\(socket)"
            server.systemd-socket-activation = "enable"
            index-file.names = ("index.html")
            """.write(to: configuration, atomically: true, encoding: .utf8)
            try "hello from lighttpd\n".write(
                to: directory.appending(path: "index.html"), atomically: true, encoding: .utf8)
            let options = [
                "--workers", "2", "--worker-listen", "unix://\(socket)", "--worker-disconnect-signal", "SIGINT",
                "/usr/sbin/lighttpd", "-D", "-f", configuration.path,
            ]
            try await runAgent(options, in: directory) { agent in
                for id in 1...2 { try await agent.event(.listening, of: id) }
                let curl = ["-sS", "--unix-socket", socket, "http://localhost/"]
                #expect(try await RunningProgram.run("curl", curl).output == "hello from lighttpd")
                try await agent.post("/v1/workers/1:disconnect", #"{"wait": true}"#)
                let gone = try await agent.worker(1)
                #expect(gone.exit?.reason == .disconnected && gone.exitCode == 0)
                #expect(try await RunningProgram.run("curl", curl).output == "hello from lighttpd")
                await agent.stopInGoodOrder()
                #expect(!FileManager.default.fileExists(atPath: socket))
            }
        }
    }

    @Test func `workers that are killed one after the other lose no client's connection`() async throws {
        let options = ["--workers", "2", "--worker-listen", "tcp://127.0.0.1:0"]
        try await withTemporaryDirectory { directory in
            try await runAgent(options + Self.uvicorn, in: directory) { agent in
                let port = try await port(of: 1, agent)
                let clients = Task {
                    var served = 0
                    while !Task.isCancelled {
                        do {
                            _ = try await TCPClient.get(port: port)
                            served += 1
                        } catch let failure as TCPClient.Failure {
                            // What a program has accepted ends with it.
                            if failure.description.hasPrefix("connect") { throw failure }
                        }
                    }
                    return served
                }
                for id in 1...6 {
                    try await agent.post("/v1/workers/\(id):kill", #"{"signal": "SIGKILL", "wait": true}"#)
                    try await agent.forkListening()
                }
                clients.cancel()
                #expect(try await clients.value > 0)
            }
        }
    }

    @Test func `the programs end with an agent that is killed`() async throws {
        let options = ["--workers", "2", "--worker-listen", "tcp://127.0.0.1:0"]
        try await withTemporaryDirectory { directory in
            try await runAgent(options + Self.uvicorn, in: directory) { agent in
                _ = try await TCPClient.get(port: try await port(of: 1, agent))
                agent.program.signal(SIGKILL)
                await agent.program.status()
                // What comes after this expects that no process is left.
            }
        }
    }

    @Test func `settings come from the command line, for the next fork`() async throws {
        try await withAgent { agent in
            let setup = try await agent.cli(
                "setup-primary", "--exec", "/usr/bin/python3", "--listen", "tcp://127.0.0.1:0",
                "--disconnect-signal", "SIGINT", "--arg=-c", "--arg=import signal; signal.pause()")
            #expect(setup.status == 0 && setup.output.contains("tcp://127.0.0.1:0"))
            try await agent.forkListening()
            #expect(try await port(of: 1, agent) != 0)
        }
    }

    @Test func `a second signal ends everything at once, and leaves no file`() async throws {
        try await withTemporaryDirectory { directory in
            let socket = directory.appending(path: "web.sock").path
            let options = [
                "--workers", "1", "--grace", "1m", "--worker-listen", "unix://\(socket)", "--worker-ready", "notify",
            ]
            // It is ready when it does not heed the signal that tells it to go.
            let stubborn = """
                import os, signal, socket
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                name = os.environ["NOTIFY_SOCKET"].replace("@", "\\0", 1)
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", name)
                while True: signal.pause()
                """
            try await runAgent(options + ["/usr/bin/python3", "-c", stubborn], in: directory) { agent in
                try await agent.event(.listening, of: 1)
                agent.program.signal(SIGTERM)
                try await agent.program.errors.first { $0.contains("shutting down") }
                agent.program.signal(SIGINT)
                #expect(await agent.program.status() == 128 + SIGINT)
                await agent.program.output.whole()
                #expect(!FileManager.default.fileExists(atPath: socket))
            }
        }
    }

    @Test func `an agent that was killed leaves a unix socket to the next`() async throws {
        try await withTemporaryDirectory { directory in
            let socket = directory.appending(path: "web.sock").path
            let options = ["--workers", "1", "--worker-listen", "unix://\(socket)"] + Self.uvicorn
            let curl = ["-sS", "--unix-socket", socket, "http://localhost/"]
            try await runAgent(options, in: directory) { agent in
                let told = try await RunningProgram.run("curl", curl).output
                #expect(try await told + "\n" == greeting(of: 1, agent))
                agent.program.signal(SIGKILL)
                await agent.program.status()
            }
            #expect(FileManager.default.fileExists(atPath: socket))
            try await runAgent(options, in: directory) { agent in
                // A killed agent leaves a hole in the ids.
                let id = try #require(try await agent.workers().first?.id.rawValue)
                try await agent.event(.listening, of: id)
                let told = try await RunningProgram.run("curl", curl).output
                #expect(try await told + "\n" == greeting(of: id, agent))
                await agent.stopInGoodOrder()
            }
            #expect(!FileManager.default.fileExists(atPath: socket))
        }
    }

    // MARK: Agents that do not start

    @Test func `an address that is taken, or invalid, ends the start`() async throws {
        try await withAgent { other in
            try await withTemporaryDirectory { directory in
                let taken = try RunningAgent.launch(
                    ["--worker-listen", "tcp://127.0.0.1:\(other.port)", "sleep", "600"], in: directory)
                #expect(await taken.status() == 69)
                let complaint = await taken.errors.whole().last ?? ""
                #expect(complaint.contains("listen[0]") && complaint.contains("in use by another program"))
                let none = try RunningAgent.launch(
                    ["--worker-listen", "tcp://localhost:80", "sleep", "600"], in: directory)
                #expect(await none.status() == 78)
                #expect(await none.errors.whole().last?.contains("localhost is not an IP address") == true)
            }
        }
    }
}
