// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// How workers go: disconnect, kill, exit, and what is said about it.
@Suite struct EndingTests {
    let cluster = MachineHarness()

    func info(_ worker: WorkerID) -> WorkerInfo? { cluster.machine.workers[worker]?.info }
    var names: [String] { cluster.events.map(\.kind.name).filter { $0 != "setup" } }
    func event(_ name: String) -> PrimaryEvent? { cluster.events.last { $0.kind.name == name } }

    @Test func `disconnect asks the worker, takes it off its sockets and marks it`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        try cluster.disconnect(worker)
        #expect(cluster.workers[worker]?.messages.last == .disconnect)
        #expect(info(worker)?.exitedAfterDisconnect == true)
        #expect(info(worker)?.connected == true)
        #expect(cluster.machine.status.handles.map(\.workers) == [[]])
    }

    @Test func `a second disconnect sends nothing`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, "r1")
        try cluster.disconnect(worker, "r2")
        #expect(cluster.workers[worker]?.messages == [.disconnect])
        cluster.endChannel(worker)
        #expect(event("disconnect")?.requestID == "r1")
    }

    @Test func `a worker can be asked to leave before it is online`() throws {
        let worker = try cluster.fork()
        try cluster.disconnect(worker)
        cluster.comeOnline(worker)
        cluster.endChannel(worker)
        cluster.exit(worker)
        #expect(names == ["fork", "leaving", "online", "disconnect", "exit"])
        #expect(event("exit")?.worker?.exitedAfterDisconnect == true)
    }

    @Test func `a disconnect of a worker that is not connected changes nothing`() throws {
        let worker = try cluster.forkOnline()
        cluster.endChannel(worker)
        try cluster.disconnect(worker, "r1")
        try cluster.disconnect(worker, abrupt: true, "r1")
        #expect(cluster.workers[worker]?.messages == [])
        #expect(info(worker)?.exitedAfterDisconnect == false)
        cluster.exit(worker)
        #expect(event("exit")?.requestID == nil)
    }

    @Test func `commands on a worker that is gone say that it does not exist`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker)
        cluster.endChannel(worker)
        let errors = [
            #expect(throws: ClusterError.self) { try cluster.disconnect(worker) },
            #expect(throws: ClusterError.self) { try cluster.machine.kill(worker, signal: .kill, requestID: nil) },
            #expect(throws: ClusterError.self) { try cluster.machine.checkSend(to: worker) },
        ]
        #expect(errors.map { $0?.reason } == [.workerNotFound, .workerNotFound, .workerNotFound])
    }

    @Test func `an abrupt disconnect closes the channel at once and is not voluntary`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        let connection = cluster.accept()
        try cluster.disconnect(worker, abrupt: true, "r1")
        #expect(info(worker)?.connected == false)
        #expect(event("disconnect")?.worker?.exitedAfterDisconnect == false)
        #expect(event("disconnect")?.requestID == "r1")
        #expect(cluster.workers[worker]?.messages.contains(.disconnect) == false)
        #expect(cluster.connections[connection]?.place == .inFlight(worker))
        cluster.finishChannel(worker)
        #expect(cluster.connections[connection]?.place == .waiting)
    }

    @Test func `after an abrupt disconnect the worker's last answers count`() throws {
        let (worker, other) = (try cluster.forkOnline(), try cluster.forkOnline())
        cluster.query(worker)
        let connections = (0..<3).map { _ in cluster.accept() }
        try cluster.disconnect(worker, abrupt: true)
        cluster.query(other)
        #expect(cluster.answer(worker, accepted: true) == connections[0])
        #expect(cluster.connections[connections[0]]?.place == .closed)
        #expect(cluster.answer(worker, accepted: false) == connections[1])
        #expect(cluster.connections[connections[1]]?.place == .inFlight(other))
        #expect(cluster.connections[connections[2]]?.place == .inFlight(worker))
        cluster.exit(worker)
        #expect(cluster.connections[connections[2]]?.place == .inFlight(other))
        #expect(cluster.violations.isEmpty)
    }

    @Test func `an abrupt disconnect after a graceful one closes the channel at once`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, "r1")
        try cluster.disconnect(worker, abrupt: true, "r2")
        #expect(event("disconnect")?.worker?.exitedAfterDisconnect == true)
        #expect(event("disconnect")?.requestID == "r2")
    }

    @Test func `a worker that leaves by itself is answered and marked`() throws {
        let worker = try cluster.forkOnline()
        cluster.machine.didAnnounceDisconnect(worker, sequence: 9)
        cluster.run()
        #expect(cluster.workers[worker]?.messages == [.acknowledge(9)])
        cluster.endChannel(worker)
        cluster.exit(worker)
        #expect(event("disconnect")?.worker?.exitedAfterDisconnect == true)
        #expect(event("exit")?.worker?.exitedAfterDisconnect == true)
    }

    @Test func `disconnectAll asks each worker once and takes no new sockets`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        try cluster.disconnect(workers[0])
        cluster.disconnectAll("r1")
        cluster.disconnectAll("r2")
        #expect(workers.allSatisfy { cluster.workers[$0]?.messages == [.disconnect] })
        cluster.endChannel(workers[1])
        #expect(event("disconnect")?.requestID == "r1")
    }

    @Test func `disconnectAll without workers returns an empty list`() throws {
        #expect(
            try cluster.machine.disconnectAll(within: nil, requestID: nil, at: cluster.now, now: cluster.instant)
                .isEmpty)
    }

    @Test func `if disconnect comes before exit, both are emitted and the last is the state`() throws {
        let worker = try cluster.forkOnline()
        cluster.endChannel(worker)
        #expect(info(worker)?.state == .disconnected)
        cluster.exit(worker, code: 3)
        #expect(names == ["fork", "online", "disconnect", "exit"])
        #expect(event("exit")?.worker?.state == .dead)
        #expect(event("exit")?.worker?.exitCode == 3)
        #expect(info(worker) == nil)
    }

    @Test func `if exit comes before disconnect, both are emitted and the last is the state`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker, code: nil, signal: 9)
        #expect(info(worker)?.state == .dead)
        #expect(info(worker)?.signal == "SIGKILL")
        cluster.endChannel(worker)
        #expect(names == ["fork", "online", "exit", "disconnect"])
        #expect(event("disconnect")?.worker?.state == .disconnected)
        #expect(info(worker) == nil)
    }

    @Test func `a disconnect of a dead worker changes nothing`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker, code: 3)
        try cluster.disconnect(worker, "r1")
        #expect(cluster.workers[worker]?.messages == [])
        cluster.endChannel(worker)
        #expect(event("disconnect")?.worker?.exitedAfterDisconnect == false && event("disconnect")?.requestID == nil)
    }

    @Test func `a worker that simply ends did not exit after a disconnect`() throws {
        let worker = try cluster.forkOnline()
        #expect(info(worker)?.exitedAfterDisconnect == nil)
        cluster.exit(worker)
        #expect(event("exit")?.worker?.exitedAfterDisconnect == false)
    }

    @Test func `each end is reported once, however often the driver reports it`() throws {
        let worker = try cluster.forkOnline()
        for _ in 0..<2 { cluster.machine.didCloseChannel(worker, at: cluster.now) }
        for _ in 0..<2 { cluster.exit(worker) }
        cluster.machine.didCloseChannel(worker, at: cluster.now)
        cluster.run()
        #expect(names == ["fork", "online", "disconnect", "exit"])
    }

    @Test func `the exit report has code, usage and the time since the fork`() throws {
        let worker = try cluster.forkOnline()
        let forkedAt = try #require(info(worker)?.forkedAt)
        cluster.exit(worker, code: 7, stderr: "Error: seven")
        guard case .exit(let report)? = event("exit")?.kind else { Issue.record("no exit"); return }
        #expect(report.reason == .exited)
        #expect(report.code == 7)
        #expect(report.signal == nil)
        #expect(report.uptimeMs == (event("exit")?.time.milliseconds ?? 0) - forkedAt.milliseconds)
        #expect([report.maxRssBytes, report.userMs, report.systemMs] == [1, 2, 3])
        #expect(report.stderr == "Error: seven")
        #expect(event("exit")?.worker?.exit == report)
    }

    @Test func `the reason tells whether the worker was disconnected, ended by itself or was ended`() throws {
        let ends: [(code: Int32?, signal: Int32?)] = [(3, nil), (nil, 9)]
        var reasons: [ExitReport.Reason?] = []
        for isAsked in [false, true] {
            for end in ends {
                let worker = try cluster.forkOnline()
                if isAsked { try cluster.disconnect(worker) }
                cluster.exit(worker, code: end.code, signal: end.signal)
                reasons.append(cluster.events.last?.worker?.exit?.reason)
            }
        }
        #expect(reasons == [.exited, .signaled, .disconnected, .signaled])
    }

    @Test func `a clock that was set back makes no negative uptime`() throws {
        let worker = try cluster.forkOnline()
        let outcome = ProcessOutcome(code: 0, signal: nil, maxRssBytes: 0, userMs: 0, systemMs: 0)
        cluster.machine.didExit(worker, outcome, at: Timestamp(milliseconds: -50), now: cluster.instant)
        cluster.run()
        guard case .exit(let report)? = event("exit")?.kind else { Issue.record("no exit"); return }
        #expect(report.uptimeMs == 0)
    }

    @Test(arguments: [Signal.terminate, .kill, .hangup])
    func `kill sends the signal at once and joins the exit with its request`(_ signal: Signal) throws {
        let worker = try cluster.forkOnline()
        _ = try cluster.machine.kill(worker, signal: signal, requestID: "r1")
        cluster.run()
        let sent = cluster.workers[worker]
        #expect(signal == .kill ? sent?.sessionSignals == [.kill] : sent?.signals == [signal])
        #expect(info(worker)?.exitedAfterDisconnect == nil)
        cluster.exit(worker, code: nil, signal: signal.number)
        #expect(event("exit")?.requestID == "r1")
    }

    @Test func `signal 0 only tests`() throws {
        let worker = try cluster.forkOnline()
        _ = try cluster.machine.kill(worker, signal: .test, requestID: "r1")
        cluster.run()
        #expect(cluster.workers[worker]?.signals == [])
        cluster.exit(worker)
        #expect(event("exit")?.requestID == nil)
    }

    @Test func `a kill of a dead worker is no error and sends nothing`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker)
        #expect(try cluster.machine.kill(worker, signal: .kill, requestID: "r1").dead)
        cluster.run()
        #expect(cluster.workers[worker]?.signals == [])
    }

    @Test func `a disconnected worker can still be killed, but gets no messages`() throws {
        let worker = try cluster.forkOnline()
        cluster.endChannel(worker)
        _ = try cluster.machine.kill(worker, signal: .kill, requestID: nil)
        cluster.run()
        #expect(cluster.workers[worker]?.sessionSignals == [.kill])
        let error = #expect(throws: ClusterError.self) { try cluster.machine.checkSend(to: worker) }
        #expect(error?.reason == .workerNotConnected)
    }

    @Test func `a message is an event of its worker and of no request`() throws {
        let worker = try cluster.fork("r1")
        cluster.machine.didReceiveMessage(WorkerMessage(json: Array("1".utf8)), from: worker, at: cluster.now)
        cluster.machine.didReceiveMessage(WorkerMessage(json: [0x31]), from: worker.next, at: cluster.now)
        cluster.run()
        #expect(names == ["fork", "message"])
        #expect(event("message")?.requestID == nil)
    }

    @Test func `nothing is heard from a worker after its end`() throws {
        let worker = try cluster.forkOnline()
        cluster.endChannel(worker)
        let late = try cluster.fork()
        cluster.endChannel(late)
        cluster.comeOnline(late)
        cluster.machine.didListen(
            worker, on: ListeningAddress(address: nil, port: 1, addressType: .tcp4), at: cluster.now)
        cluster.query(worker)
        cluster.run()
        #expect(names == ["fork", "online", "disconnect", "fork", "disconnect"])
        #expect(cluster.handles.isEmpty)
    }
}
