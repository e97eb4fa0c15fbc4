// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Logging
import Shared
import TestSupport
import Testing

@Suite("Workers that misbehave", .serialized, .timeLimit(.minutes(1)))
struct FaultTests {
    @Test("a program that is not JavaScript exits with 1, and its complaint is shown")
    func syntaxError() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "err").path
            let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            defer { close(file) }
            let settings = { (settings: inout ClusterSettings) in
                settings.stdio = [.ignore, .ignore, .descriptor(Int(file)), .ipc]
            }
            try await withPrimary(
                "syntax-error.js", settings: settings, configuration: { $0.inheritedDescriptors = [file] }
            ) { cluster in
                let id = try await cluster.fork()
                let (worker, report) = try await cluster.exit(of: id)
                #expect(report.code == 1 && worker.exitedAfterDisconnect == false)
                #expect(try String(contentsOfFile: path, encoding: .utf8).contains("SyntaxError"))
            }
        }
    }

    @Test("a program that fails at once is told apart from one that waits to be online")
    func failsBeforeOnline() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.execArgv = ["--no-such-option"]
            settings.stdio = [.ignore, .ignore, .ignore, .ipc]
        }
        try await withPrimary("idle.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            await #expect(throws: ClusterError.self) { try await cluster.primary.wait(for: [id], until: .online) }
            #expect(try await cluster.exit(of: id).report.code == 9)
        }
    }

    // MARK: The channel

    @Test(
        "bytes that are not a message close only that worker's channel",
        arguments: [
            "garbage\n", "\n", "{\n", "\u{0}\n", #"{"cmd":"NODE_HANDLE"}"# + "\n",
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":1}"# + "\n",
            #"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":"x","index":0}"# + "\n",
            #"{"cmd":"NODE_CLUSTER","act":"listening","port":"x"}"# + "\n",
            #"{"cmd":"NODE_CLUSTER","act":"close"}"# + "\n", String(repeating: "[", count: 600) + "\n",
        ])
    func garbage(_ text: String) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = ["3", Data(text.utf8).base64EncodedString()]
        }
        try await withPrimary("raw.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            let worker = try #require(try await cluster.log.first(.disconnect, of: id).worker)
            #expect(worker.exitedAfterDisconnect == false)
            #expect(try await cluster.exit(of: id).report.code == 0)
            #expect(try await cluster.primary.fork().count == 1)
        }
    }

    @Test(
        "a message that Node would ignore is ignored",
        arguments: [
            #"{"cmd":"NODE_CLUSTER","act":"nothing"}"#, #"{"cmd":"NODE_CLUSTER","ack":12345,"accepted":true,"seq":1}"#,
            #"{"cmd":"NODE_CLUSTER","ack":-1}"#, #"{"cmd":"NODE_OTHER","x":1}"#, #"{"cmd":"NODE_HANDLE_ACK"}"#,
            #"{"cmd":"NODE_HANDLE_NACK"}"#, #"{"cmd":"NODE_CLUSTER","act":"close","key":"no such key"}"#,
            #"{"cmd":"NODE_SOCKET_GET_COUNT","key":"x"}"#, #"{"cmd":"NODE_CLUSTER","act":"online"}"#,
        ])
    func ignored(_ text: String) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = ["3", Data((text + "\n\"after\"\n").utf8).base64EncodedString()]
        }
        try await withPrimary("raw.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id) == "after")
            #expect(await cluster.primary.worker(id)?.connected == true)
            #expect(await cluster.log.kinds(of: id).count { $0 == .online } == 1)
        }
    }

    @Test("half a message at the end is not a message")
    func halfFrame() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = ["3", Data("\"whole\"\n{\"half\":".utf8).base64EncodedString()]
        }
        try await withPrimary("raw.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id) == "whole")
            _ = try await cluster.primary.kill(id, signal: .kill)
            try await cluster.end(of: id)
            #expect(await cluster.log.kinds(of: id).count { $0 == .message } == 1)
        }
    }

    @Test("a handle that was announced but did not come is refused")
    func missingHandle() async throws {
        // An announcement that no descriptor comes with is answered with NODE_HANDLE_NACK and is no message.
        let text = #"{"cmd":"NODE_HANDLE","type":"net.Socket","msg":"lost"}"# + "\n\"after\"\n"
        let settings = { (settings: inout ClusterSettings) in
            settings.args = ["3", Data(text.utf8).base64EncodedString()]
        }
        try await withPrimary("raw.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id) == "after")
        }
    }

    @Test("sockets and servers that come with messages are confirmed, named by kind and closed")
    func handles() async throws {
        try await withPrimary("send-handles.js", settings: { $0.args = ["5"] }) { cluster in
            let id = try await cluster.fork()
            let messages = try await cluster.log.messages(8, of: id)
            #expect(
                messages.map { String(decoding: $0.json, as: UTF8.self) }
                    == Array(repeating: #""a socket""#, count: 5)
                    + [#""a server""#, #""a datagram socket""#, #""all sent""#])
            #expect(
                messages.map(\.handle) == Array(repeating: "net.Socket", count: 5)
                    + ["net.Server", "dgram.Socket", nil])
        }
    }

    // MARK: Load

    @Test("a worker that floods the primary does not keep the others from it")
    func flood() async throws {
        try await withPrimary("flood.js", settings: { $0.args = ["100000"] }) { cluster in
            let noisy = try await cluster.fork()
            _ = try await cluster.log.messages(1, of: noisy)
            var patch = SettingsPatch()
            patch.exec = .set(workerScript("http-server.js"))
            _ = try await cluster.primary.setupPrimary(patch)
            let (quiet, port) = try await cluster.forkListening()
            #expect(try await TCPClient.get(port: port) == "worker \(quiet.id)")
            let last = try await cluster.log.messages(100_001, of: noisy)[100_000]
            #expect(String(decoding: last.json, as: UTF8.self) == #""done""#)
        }
    }

    @Test("messages that nobody reads are dropped before other events")
    func unreadEvents() async throws {
        var settings = ClusterSettings()
        settings.exec = workerScript("flood.js")
        settings.args = ["120000"]
        let primary = try Primary(
            PrimaryConfiguration(settings: settings, environment: ProcessInfo.processInfo.environment),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        await primary.publishMessages(true)
        let id = try await primary.fork()[0].id
        // The worker's channel is read in order, so its end means that all of the flood was.
        _ = try await primary.wait(for: [id], until: .online)
        _ = try await primary.disconnect(id)
        _ = try await primary.wait(for: [id], until: .exited)
        await primary.close()
        var kinds: [EventType: Int] = [:]
        for await event in primary.events { kinds[event.kind.type, default: 0] += 1 }
        #expect(kinds[.exit] == 1 && kinds[.disconnect] == 1)
        #expect((kinds[.message] ?? 0) <= 50_001)
    }

    @Test("a worker that does not read gets no more messages once its queue is full, and all that were accepted")
    func deaf() async throws {
        try await withPrimary("count.js", configuration: { $0.maxQueuedBytes = 1 << 20 }) { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGSTOP")))
            let message = "\"" + String(repeating: "x", count: 10_000) + "\""
            var taken = 0
            var refusal: ClusterError?
            while refusal == nil {
                do {
                    try await cluster.send(message, to: id)
                    taken += 1
                } catch let error as ClusterError {
                    refusal = error
                }
            }
            #expect(refusal?.status == .resourceExhausted && refusal?.reason == .messageQueueFull)
            #expect(taken * 10_000 < 3 << 20)
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGCONT")))
            var reply: SendOutcome?
            while reply == nil {
                reply = try? await cluster.send(#""end""#, to: id)
                await Task.yield()
            }
            #expect(try await cluster.log.message(1, of: id) == .integer(Int64(taken)))
        }
    }

    @Test("send tells when to slow down")
    func backpressure() async throws {
        try await withPrimary("count.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGSTOP")))
            let small = try await cluster.send("1", to: id)
            #expect(small.accepted && small.queuedBytes == 0)
            let big = try await cluster.send("\"" + String(repeating: "x", count: 1 << 20) + "\"", to: id)
            #expect(!big.accepted && big.queuedBytes > 1 << 17)
        }
    }

    // MARK: Processes

    @Test("a worker is gone with its process, even if a grandchild keeps the channel open")
    func grandchild() async throws {
        try await withPrimary("grandchild.js") { cluster in
            let id = try await cluster.fork()
            guard case .integer(let pid) = try await cluster.log.message(1, of: id) else { return }
            defer { kill(pid_t(pid), SIGKILL) }
            let end = try await cluster.end(of: id)
            #expect(end.exitCode == 7 && end.exitedAfterDisconnect == false)
            #expect(await cluster.log.kinds(of: id).suffix(2) == [.exit, .disconnect])
            #expect(kill(pid_t(pid), 0) == 0)
        }
    }

    @Test("the end of the primary is the end of its workers")
    func primaryCloses() async throws {
        var pids: [pid_t] = []
        try await withPrimary("loop.js") { cluster in
            for id in try await cluster.primary.fork(count: 2).map(\.id) {
                _ = try await cluster.log.message(1, of: id)
                pids.append(try #require(await cluster.primary.worker(id)?.pid))
            }
        }
        #expect(pids.map { kill($0, 0) } == [-1, -1])
    }
}
