// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Testing

@Suite("Order and data of events", .serialized, .timeLimit(.minutes(1)))
struct EventOrderTests {
    @Test("a worker's life is fork, online, listening, leaving, disconnect, exit, each once")
    func life() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (worker, _) = try await cluster.forkListening()
            _ = try await cluster.primary.disconnect(worker.id)
            try await cluster.end(of: worker.id)
            #expect(
                await cluster.log.kinds(of: worker.id) == [.fork, .online, .listening, .leaving, .disconnect, .exit])
        }
    }

    @Test("each fork merges the settings first, so setup comes before fork")
    func setupBeforeFork() async throws {
        try await withPrimary("idle.js") { cluster in
            _ = try await cluster.primary.fork(count: 2)
            #expect(try await cluster.log.first { $0.number == 4 }.kind.type == .fork)
            #expect(await cluster.log.events.prefix(4).map(\.kind.type) == [.setup, .fork, .setup, .fork])
        }
    }

    @Test("events are numbered without a gap, and those of a worker have its process id")
    func numbers() async throws {
        try await withPrimary("ends.js") { cluster in
            let ids = try await cluster.primary.fork(count: 3).map(\.id)
            for id in ids { try await cluster.send(#"["exit", 0]"#, to: id) }
            for id in ids { try await cluster.end(of: id) }
            let events = await cluster.log.events
            #expect(events.map(\.number) == Array(1...UInt64(events.count)))
            for id in ids {
                let pids = Set(events.filter { $0.worker?.id == id }.map(\.worker?.pid))
                #expect(pids.count == 1 && pids.first??.signum() == 1)
            }
        }
    }

    @Test("listening has address, port, type and descriptor, as in Node")
    func listeningData() async throws {
        try await withPrimary("listen.js", settings: { $0.args = [#"{"port": 0, "host": "127.0.0.1"}"#] }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            let event = try await cluster.log.first(.listening, of: worker.id)
            guard case .listening(let address) = event.kind else { return }
            #expect(
                address == ListeningAddress(address: "127.0.0.1", port: Int(port), addressType: .tcp4, fd: nil))
        }
    }

    @Test("a worker with two servers reports both")
    func twoServers() async throws {
        try await withPrimary("listen.js", settings: { $0.args = ["0", "0"] }) { cluster in
            let id = try await cluster.fork()
            let event = try await cluster.log.first { $0.worker?.listening.count == 2 }
            #expect(Set(event.worker?.listening.map(\.port) ?? []).count == 2)
            #expect(await cluster.log.kinds(of: id).count { $0 == .listening } == 2)
        }
    }

    @Test("the request that forked a worker is named in its fork, online and listening")
    func forkRequest() async throws {
        try await withPrimary("http-server.js") { cluster in
            let id = try await cluster.primary.fork(requestID: "up")[0].id
            try await cluster.log.first(.listening, of: id)
            let events = await cluster.log.events.filter { $0.worker?.id == id }
            #expect(events.map(\.requestID) == ["up", "up", "up"])
        }
    }

    @Test("the request that ended a worker is named in its disconnect and exit", arguments: [true, false])
    func stopRequest(byDisconnect: Bool) async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            if byDisconnect {
                _ = try await cluster.primary.disconnect(id, requestID: "down")
            } else {
                _ = try await cluster.primary.kill(id, requestID: "down")
            }
            #expect(try await cluster.log.first(.disconnect, of: id).requestID == "down")
            #expect(try await cluster.log.first(.exit, of: id).requestID == "down")
        }
    }

    @Test("messages that a worker sends before it ends come before its end")
    func messagesFirst() async throws {
        try await withPrimary("flood.js", settings: { $0.args = ["500"] }) { cluster in
            let id = try await cluster.fork()
            _ = try await cluster.log.messages(501, of: id)
            _ = try await cluster.primary.kill(id, signal: .kill)
            try await cluster.end(of: id)
            let kinds = await cluster.log.kinds(of: id)
            #expect(kinds.suffix(2).contains(.exit) && kinds.suffix(2).contains(.disconnect))
            #expect(kinds.count { $0 == .message } == 501)
        }
    }
}
