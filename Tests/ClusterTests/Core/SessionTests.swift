// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// What a worker leaves behind: others of its session, such as the server that a shell has started.
@Suite struct SessionTests {
    let cluster = MachineHarness()

    private func signals(_ worker: WorkerID) -> [Signal]? { cluster.workers[worker]?.sessionSignals }
    private var exit: ExitReport? { cluster.events.last { $0.kind.name == "exit" }?.worker?.exit }

    @Test func `remaining processes are named, told to end, and killed two seconds later`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker, code: 1, survivors: [41, 42])
        #expect(exit?.leftBehind == [41, 42] && signals(worker) == [.terminate])
        cluster.endChannel(worker)
        cluster.advance(by: .milliseconds(1999))
        #expect(signals(worker) == [.terminate])
        cluster.advance(by: .milliseconds(1))
        #expect(signals(worker) == [.terminate, .kill])
    }

    @Test func `remaining processes that end are forgotten`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker, survivors: [41])
        cluster.endSession(worker)
        cluster.advance(by: .milliseconds(10))
        #expect(cluster.forgottenSessions == [worker] && !cluster.machine.workers.hasRemains)
        cluster.advance(by: .seconds(60))
        #expect(signals(worker) == [.terminate] && cluster.machine.nextWake == nil)
    }

    @Test func `remaining processes that cannot be killed are given up`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker, survivors: [41])
        cluster.advance(by: .seconds(4))
        #expect(signals(worker) == [.terminate, .kill])
        #expect(cluster.forgottenSessions == [worker] && cluster.machine.nextWake == nil)
    }

    @Test func `remaining processes of a killed worker are killed with it`() throws {
        let worker = try cluster.forkOnline()
        try cluster.kill(worker, .kill)
        cluster.exit(worker, code: nil, signal: 9, survivors: [41])
        #expect(exit?.leftBehind == [] && signals(worker) == [.kill, .kill])
    }

    @Test func `remaining processes of a disconnected worker have the grace`() throws {
        let cluster = MachineHarness { $0.orphanGrace = .seconds(30) }
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker)
        cluster.exit(worker, survivors: [41])
        cluster.advance(by: .milliseconds(29_999))
        #expect(cluster.workers[worker]?.sessionSignals == [.terminate])
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.workers[worker]?.sessionSignals == [.terminate, .kill])
    }

    @Test func `the worker's deadline applies to its remaining processes too`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(5))
        cluster.advance(by: .seconds(1))
        cluster.exit(worker, survivors: [41])
        cluster.advance(by: .milliseconds(3999))
        #expect(signals(worker) == [.terminate])
        cluster.advance(by: .milliseconds(1))
        #expect(signals(worker) == [.terminate, .kill])
    }

    @Test(arguments: [Signal.terminate, .hangup, .interrupt])
    func `a signal other than SIGKILL is for the process alone`(_ signal: Signal) throws {
        let worker = try cluster.forkOnline()
        try cluster.kill(worker, signal)
        #expect(cluster.workers[worker]?.signals == [signal] && signals(worker) == [])
    }
}
