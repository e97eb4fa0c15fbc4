// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// How a supervisor makes a worker go: SIGTERM and SIGKILL, each at a time of its own or never.
@Suite struct LadderTests {
    let cluster = MachineHarness()

    private func leave(
        _ worker: WorkerID, terminate: Duration?, kill: Duration? = nil, _ requestID: String? = nil
    ) {
        let plan = EndingPlan(terminateAfter: terminate, killAfter: kill)
        cluster.machine.leave(worker, plan, requestID: requestID, at: cluster.now, now: cluster.instant)
        cluster.run()
    }

    private func signals(_ worker: WorkerID) -> [Signal]? { cluster.workers[worker]?.signals }
    private func sessionSignals(_ worker: WorkerID) -> [Signal]? { cluster.workers[worker]?.sessionSignals }

    @Test func `disconnect comes at once, SIGTERM after the drain, SIGKILL at the end`() throws {
        let worker = try cluster.forkOnline()
        leave(worker, terminate: .seconds(30), kill: .seconds(35), "r1")
        #expect(cluster.workers[worker]?.messages == [.disconnect])
        let leaving = try #require(cluster.machine.workers[worker]?.info.leaving)
        #expect(leaving.deadline.map { $0.milliseconds - leaving.since.milliseconds } == 35_000)
        #expect(cluster.events.last?.kind.name == "leaving" && cluster.events.last?.requestID == "r1")
        cluster.advance(by: .milliseconds(29_999))
        #expect(signals(worker) == [])
        cluster.advance(by: .milliseconds(1))
        #expect(signals(worker) == [.terminate, .resume])
        cluster.advance(by: .milliseconds(4999))
        #expect(sessionSignals(worker) == [])
        cluster.advance(by: .milliseconds(1))
        #expect(sessionSignals(worker) == [.kill])
    }

    @Test func `without a drain SIGTERM comes at once, and without a limit SIGKILL never does`() throws {
        let worker = try cluster.forkOnline()
        leave(worker, terminate: .zero)
        #expect(cluster.workers[worker]?.messages == [.disconnect] && signals(worker) == [.terminate, .resume])
        #expect(cluster.machine.workers[worker]?.info.leaving?.deadline == nil)
        cluster.advance(by: .seconds(10_000))
        #expect(sessionSignals(worker) == [])
    }

    @Test func `a worker that a command has sent SIGTERM gets no second one from the supervisor`() throws {
        let worker = try cluster.forkOnline()
        try cluster.kill(worker, .terminate)
        leave(worker, terminate: .seconds(30), kill: .seconds(35))
        cluster.advance(by: .seconds(34))
        #expect(signals(worker) == [.terminate] && cluster.workers[worker]?.messages == [.disconnect])
        cluster.advance(by: .seconds(1))
        #expect(sessionSignals(worker) == [.kill])
        // If nothing else would ever end it, it gets one all the same.
        let other = try cluster.forkOnline()
        try cluster.kill(other, .terminate)
        leave(other, terminate: .seconds(30))
        cluster.advance(by: .seconds(30))
        #expect(signals(other) == [.terminate, .terminate, .resume])
    }

    @Test func `without any limit the worker takes as long as it likes`() throws {
        let worker = try cluster.forkOnline()
        leave(worker, terminate: nil)
        cluster.advance(by: .seconds(10_000))
        #expect(cluster.workers[worker]?.messages == [.disconnect])
        #expect(signals(worker) == [] && sessionSignals(worker) == [])
    }

    @Test(arguments: [true, false])
    func `the earlier steps of two ladders count`(_ isReversed: Bool) throws {
        let worker = try cluster.forkOnline()
        let ladders: [(Duration, Duration)] = [(.seconds(1), .seconds(20)), (.seconds(5), .seconds(10))]
        for (terminate, kill) in isReversed ? ladders.reversed() : ladders {
            leave(worker, terminate: terminate, kill: kill)
        }
        cluster.advance(by: .seconds(1))
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [])
        cluster.advance(by: .seconds(9))
        // No second SIGTERM.
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [.kill])
        #expect(cluster.events.count { $0.kind.name == "leaving" } == 1)
    }

    @Test func `a worker that has closed its channel is ended too`() throws {
        let worker = try cluster.forkOnline()
        cluster.endChannel(worker)
        leave(worker, terminate: .zero, kill: .seconds(1))
        #expect(signals(worker) == [.terminate, .resume])
        #expect(cluster.machine.workers[worker]?.info.leaving != nil)
    }

    @Test func `the end of such a worker is not a command's`() throws {
        let (ours, theirs) = (try cluster.forkOnline(), try cluster.forkOnline())
        leave(ours, terminate: .zero, kill: .seconds(1), "reload")
        cluster.exit(ours, code: nil, signal: Signal.terminate.number)
        #expect(cluster.events.last?.isCommanded == false && cluster.events.last?.requestID == "reload")
        // A command need not have an id.
        try cluster.kill(theirs, .terminate)
        cluster.exit(theirs, code: nil, signal: Signal.terminate.number)
        #expect(cluster.events.last { $0.kind.name == "exit" }?.isCommanded == true)
    }

    @Test func `asking a worker that is gone, or during a stop, changes nothing`() throws {
        let worker = try cluster.forkOnline()
        cluster.stop(within: .seconds(8))
        leave(worker, terminate: .zero)
        #expect(signals(worker) == [])
        leave(try #require(WorkerID(rawValue: 99)), terminate: .zero)
        #expect(cluster.violations.isEmpty)
    }
}
