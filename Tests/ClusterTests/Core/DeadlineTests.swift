// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// A worker that was told to go by a deadline: SIGTERM before it, SIGKILL at it.
@Suite struct DeadlineTests {
    let cluster = MachineHarness()

    private func signals(_ worker: WorkerID) -> [Signal]? { cluster.workers[worker]?.signals }
    private func sessionSignals(_ worker: WorkerID) -> [Signal]? { cluster.workers[worker]?.sessionSignals }

    @Test func `SIGTERM comes two seconds before the deadline, and SIGKILL for the whole session at it`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(8), "a")
        #expect(cluster.workers[worker]?.messages == [.disconnect] && signals(worker) == [])
        cluster.advance(by: .milliseconds(5999))
        #expect(signals(worker) == [])
        cluster.advance(by: .milliseconds(1))
        // One that is stopped could not heed SIGTERM.
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [])
        cluster.advance(by: .milliseconds(1999))
        #expect(sessionSignals(worker) == [])
        cluster.advance(by: .milliseconds(1))
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [.kill])
        cluster.advance(by: .seconds(100))
        #expect(sessionSignals(worker) == [.kill])
    }

    @Test func `half of a short time is left for SIGTERM`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(3))
        cluster.advance(by: .milliseconds(1499))
        #expect(signals(worker) == [])
        cluster.advance(by: .milliseconds(1))
        #expect(signals(worker) == [.terminate, .resume])
    }

    @Test func `no time at all means SIGKILL at once`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .zero)
        #expect(signals(worker) == [] && sessionSignals(worker) == [.kill])
    }

    @Test func `the deadline is that of the process, not that of its channel`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(8))
        cluster.endChannel(worker)
        cluster.advance(by: .seconds(8))
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [.kill])
    }

    @Test func `a worker that has left its channel can be given a deadline`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker)
        cluster.endChannel(worker)
        try cluster.disconnect(worker, within: .seconds(1))
        cluster.advance(by: .seconds(1))
        #expect(sessionSignals(worker) == [.kill])
    }

    @Test func `a worker that has ended is not signaled`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(8))
        cluster.exit(worker)
        cluster.advance(by: .seconds(8))
        cluster.endChannel(worker)
        #expect(signals(worker) == [] && sessionSignals(worker) == [] && cluster.violations.isEmpty)
    }

    @Test(arguments: [[8, 3], [3, 8], [3, 3]])
    func `of two deadlines the earlier counts`(_ seconds: [Int]) throws {
        let worker = try cluster.forkOnline()
        for limit in seconds { try cluster.disconnect(worker, within: .seconds(limit)) }
        cluster.advance(by: .seconds(3))
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [.kill])
        cluster.advance(by: .seconds(10))
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [.kill])
    }

    @Test func `a second deadline does not repeat SIGTERM`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(8))
        cluster.advance(by: .seconds(6))
        try cluster.disconnect(worker, within: .seconds(1))
        cluster.advance(by: .seconds(1))
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [.kill])
    }

    @Test(arguments: [("SIGTERM", 0), ("SIGINT", 1)])
    func `a program whose disconnect signal is SIGTERM does not get it twice`(_ name: String, _ count: Int) throws {
        let cluster = MachineHarness { $0.settings.disconnectSignal = Signal(name) }
        let worker = try cluster.fork()
        try cluster.disconnect(worker, within: .seconds(8))
        #expect(cluster.workers[worker]?.signals == [try #require(Signal(name))])
        cluster.advance(by: .seconds(8))
        #expect(cluster.workers[worker]?.signals.dropFirst().count { $0 == .terminate } == count)
        #expect(cluster.workers[worker]?.sessionSignals == [.kill])
    }

    @Test func `an abrupt disconnect may have a deadline too`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, abrupt: true, within: .seconds(2))
        cluster.advance(by: .seconds(2))
        #expect(signals(worker) == [.terminate, .resume] && sessionSignals(worker) == [.kill])
    }

    @Test func `all workers get the same deadline`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        cluster.disconnectAll(within: .seconds(4), "a")
        cluster.advance(by: .seconds(4))
        #expect(workers.allSatisfy { sessionSignals($0) == [.kill] })
    }

    @Test(
        arguments: [
            (nil, 15, ExitReport.Reason.disconnected), (nil, 9, .signaled), (0, nil, .disconnected),
            (143, nil, .disconnected),
        ] as [(Int32?, Int32?, ExitReport.Reason)])
    func `the end is attributed to the command that set the deadline`(
        _ code: Int32?, _ signal: Int32?, _ reason: ExitReport.Reason
    ) throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(4), "a")
        cluster.advance(by: .seconds(4))
        cluster.exit(worker, code: code, signal: signal)
        #expect(cluster.events.last?.requestID == "a")
        #expect(cluster.events.last?.worker?.exit?.reason == reason)
    }

    @Test func `each deadline that is earlier counts, and an earlier worker's too`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        try cluster.disconnect(workers[0], within: .seconds(500))
        for limit in stride(from: 1000, to: 99, by: -1) { try cluster.disconnect(workers[1], within: .seconds(limit)) }
        cluster.advance(by: .seconds(100))
        #expect(workers.map { sessionSignals($0) } == [[], [.kill]])
        cluster.advance(by: .seconds(400))
        #expect(workers.map { sessionSignals($0) } == [[.kill], [.kill]])
    }
}
