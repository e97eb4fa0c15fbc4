// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

// Workers that are told to go by a signal, and what they say themselves.
extension InheritanceTests {
    @Test func `the disconnect is a signal, and the worker stays connected until its end`() throws {
        let worker = try cluster.fork()
        try cluster.disconnect(worker, "r1")
        try cluster.disconnect(worker, "r2")
        #expect(cluster.workers[worker]?.signals == [.terminate])
        #expect(cluster.workers[worker]?.messages == [])
        let info = try #require(cluster.machine.workers[worker]?.info)
        #expect(info.connected && info.exitedAfterDisconnect == true)
        #expect(cluster.machine.status.handles.map(\.workers) == [[], []])
        cluster.exit(worker, code: nil, signal: Signal.terminate.number)
        cluster.endChannel(worker)
        let end = try #require(cluster.events.last?.worker)
        #expect(end.exit?.reason == .disconnected && end.exit?.requestId == "r1" && !end.connected)
        #expect(names(cluster, of: worker).suffix(2) == ["exit", "disconnect"])
        #expect(cluster.machine.workers.isEmpty && cluster.violations.isEmpty)
    }

    @Test func `the signal can be named, also for workers without sockets`() throws {
        let cluster = MachineHarness { $0.settings.disconnectSignal = Signal("SIGQUIT") }
        let worker = try cluster.fork()
        #expect(names(cluster, of: worker) == ["fork", "online"])
        try cluster.disconnect(worker)
        #expect(cluster.workers[worker]?.signals == [try #require(Signal("SIGQUIT"))])
        cluster.exit(worker, code: nil, signal: Signal.terminate.number)
        #expect(cluster.events.last?.worker?.exit?.reason == .signaled)
    }

    @Test func `a silent program that is not Node's counts as online after a while, and is asked by a signal`() throws {
        let cluster = MachineHarness()
        cluster.runsNode = false
        let worker = try cluster.fork()
        #expect(names(cluster, of: worker) == ["fork"])
        #expect(cluster.awaited == [worker])
        cluster.staySilent(worker)
        #expect(names(cluster, of: worker) == ["fork", "online"])
        try cluster.disconnect(worker)
        #expect(cluster.workers[worker]?.signals == [.terminate])
    }

    @Test func `such a program that has said something by then is a worker like any other`() throws {
        let cluster = MachineHarness()
        cluster.runsNode = false
        let worker = try cluster.fork()
        cluster.comeOnline(worker)
        cluster.staySilent(worker)
        #expect(names(cluster, of: worker) == ["fork", "online"])
        try cluster.disconnect(worker)
        #expect(cluster.workers[worker]?.signals == [])
    }

    @Test func `nobody waits for a Node worker's first word`() throws {
        let cluster = MachineHarness()
        _ = try cluster.fork()
        #expect(cluster.awaited.isEmpty)
    }

    @Test func `words of the worker after the signal do not change who asked it to leave`() throws {
        let worker = try cluster.fork()
        try cluster.disconnect(worker)
        #expect(cluster.workers[worker]?.signals == [.terminate])
        cluster.comeOnline(worker)
        cluster.exit(worker, code: nil, signal: Signal.terminate.number)
        #expect(cluster.events.last?.worker?.exit?.reason == .disconnected)
    }

    @Test func `an abrupt disconnect does the same, because there is no channel`() throws {
        let worker = try cluster.fork()
        try cluster.disconnect(worker, abrupt: true)
        #expect(cluster.workers[worker]?.signals == [.terminate])
        #expect(cluster.machine.workers[worker]?.info.connected == true)
    }

    @Test func `the signal goes to all workers`() throws {
        let workers = [try cluster.fork(), try cluster.fork()]
        cluster.disconnectAll()
        #expect(workers.allSatisfy { cluster.workers[$0]?.signals == [.terminate] })
    }

    @Test func `a program may close its channel and live on`() throws {
        let worker = try cluster.fork()
        cluster.endChannel(worker)
        #expect(cluster.machine.workers[worker]?.info.connected == true)
        cluster.exit(worker, code: nil, signal: 9)
        cluster.endChannel(worker)
        let end = try #require(cluster.events.last?.worker)
        #expect(end.exit?.reason == .signaled && end.exitedAfterDisconnect == false)
    }

    // MARK: Messages

    @Test func `a message is refused until the worker has shown that it reads its channel`() throws {
        let worker = try cluster.fork()
        let error = #expect(throws: ClusterError.self) { try cluster.machine.checkSend(to: worker) }
        #expect(error?.reason == .workerTakesNoMessages && error?.status == .failedPrecondition)
        cluster.comeOnline(worker)
        #expect(throws: Never.self) { try cluster.machine.checkSend(to: worker) }
        #expect(names(cluster, of: worker).count { $0 == "online" } == 1)
        try cluster.disconnect(worker)
        #expect(cluster.workers[worker]?.messages == [.disconnect] && cluster.workers[worker]?.signals == [])
    }
}
