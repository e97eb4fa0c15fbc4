// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Testing

@Suite("A worker's state at each moment", .serialized, .timeLimit(.minutes(1)))
struct StateTests {
    /// What Node's `worker.state`, `isConnected()`, `isDead()` and `exitedAfterDisconnect` say.
    struct Moment: Equatable {
        let state: WorkerState
        let connected: Bool
        let dead: Bool
        let exitedAfterDisconnect: Bool?

        init(_ state: WorkerState, connected: Bool, dead: Bool, exitedAfterDisconnect: Bool?) {
            self.state = state
            self.connected = connected
            self.dead = dead
            self.exitedAfterDisconnect = exitedAfterDisconnect
        }

        init(_ worker: WorkerInfo?) throws {
            let worker = try #require(worker)
            self.init(
                worker.state, connected: worker.connected, dead: worker.dead,
                exitedAfterDisconnect: worker.exitedAfterDisconnect)
        }
    }

    @Test("a worker goes from none to online, listening, disconnected and dead")
    func life() async throws {
        try await withPrimary("http-server.js") { cluster in
            let forked = try await cluster.primary.fork()[0]
            #expect(
                try Moment(forked) == Moment(.none, connected: true, dead: false, exitedAfterDisconnect: nil))
            let id = forked.id
            try await cluster.log.first(.listening, of: id)
            _ = try await cluster.primary.disconnect(id)
            try await cluster.end(of: id)
            let moments = try await cluster.log.events.filter { $0.worker?.id == id }.map { try Moment($0.worker) }
            #expect(
                moments == [
                    Moment(.none, connected: true, dead: false, exitedAfterDisconnect: nil),
                    Moment(.online, connected: true, dead: false, exitedAfterDisconnect: nil),
                    Moment(.listening, connected: true, dead: false, exitedAfterDisconnect: nil),
                    Moment(.listening, connected: true, dead: false, exitedAfterDisconnect: true),
                    Moment(.disconnected, connected: false, dead: false, exitedAfterDisconnect: true),
                    Moment(.dead, connected: false, dead: true, exitedAfterDisconnect: true),
                ])
        }
    }

    @Test("the last state is that of the later event, disconnect or exit", arguments: ["exit", "throw"])
    func lastState(_ way: String) async throws {
        try await withPrimary("ends.js", settings: { $0.stdio = [.ignore, .ignore, .ignore, .ipc] }) { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send("[\"\(way)\"]", to: id)
            let end = try await cluster.end(of: id)
            let last = await cluster.log.kinds(of: id).last
            #expect(end.state == (last == .exit ? .dead : .disconnected))
            #expect(!end.connected && end.dead && end.exitedAfterDisconnect == false)
        }
    }

    @Test("a worker stays in the list until the later of disconnect and exit")
    func presence() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGSTOP")))
            _ = try await cluster.primary.disconnect(id, abrupt: true)
            #expect(await cluster.primary.workers.map(\.id) == [id])
            _ = try await cluster.primary.kill(id, signal: .kill)
            try await cluster.end(of: id)
            #expect(await cluster.primary.workers.isEmpty)
            #expect(await cluster.primary.worker(id) == nil)
        }
    }

    @Test("a worker that was told to disconnect stays in the list until it is gone")
    func presenceWhileLeaving() async throws {
        try await withPrimary("keep-open.js") { cluster in
            let (worker, port) = try await cluster.forkListening()
            let client = try SocketClient(.tcp(port: port))
            _ = try await client.readSome()
            _ = try await cluster.primary.disconnect(worker.id)
            #expect(await cluster.primary.workers.map(\.id) == [worker.id])
            #expect(await cluster.primary.worker(worker.id)?.state == .listening)
            withExtendedLifetime(client) {}
        }
    }

    @Test("a worker that is gone can still be waited for")
    func waitForGone() async throws {
        try await withPrimary("ends.js", settings: { $0.args = [#"["exit", 5]"#] }) { cluster in
            let id = try await cluster.fork()
            try await cluster.end(of: id)
            let worker = try await cluster.primary.wait(for: [id], until: .exited)[0]
            #expect(worker.exitCode == 5)
            let error = await #expect(throws: ClusterError.self) {
                try await cluster.primary.wait(for: [id], until: .listening)
            }
            #expect(error?.reason == .workerExited)
        }
    }

    @Test("ids count from one and are not used again")
    func ids() async throws {
        try await withPrimary("idle.js") { cluster in
            let first = try await cluster.fork()
            _ = try await cluster.primary.kill(first)
            try await cluster.end(of: first)
            let next = try await cluster.fork()
            #expect([first, next].map(\.rawValue) == [1, 2])
        }
    }

    @Test("a program's worker.id counts from one, whatever the first id is")
    func nodeIDs() async throws {
        try await withPrimary("report.js", configuration: { $0.firstWorkerID = WorkerID(rawValue: 41)! }) { cluster in
            for number in 1...2 {
                let worker = try await cluster.primary.fork()[0]
                #expect(worker.id.rawValue == 40 + number && worker.nodeId.rawValue == number)
                let report = try await cluster.log.message(1, of: worker.id)
                #expect(report["id"] == .integer(Int64(number)))
            }
        }
    }

    @Test("times follow the order of events")
    func times() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (worker, _) = try await cluster.forkListening()
            _ = try await cluster.primary.disconnect(worker.id)
            let end = try await cluster.end(of: worker.id)
            let times = [end.forkedAt, end.onlineAt, end.listeningAt, end.disconnectedAt, end.exitedAt].compactMap(
                \.self)
            #expect(times.count == 5 && times == times.sorted())
        }
    }
}
