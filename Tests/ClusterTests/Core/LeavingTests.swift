// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// From the moment somebody asks a worker to go until its process has ended.
@Suite struct LeavingTests {
    let cluster = MachineHarness()

    private func leaving(_ worker: WorkerID) -> Leaving? { cluster.machine.workers[worker]?.info.leaving }
    private var events: [PrimaryEvent] { cluster.events.filter { $0.kind.name == "leaving" } }

    @Test func `a worker is leaving from the request to its exit, and its state stays Node's`() throws {
        let worker = try cluster.forkOnline()
        #expect(leaving(worker) == nil)
        try cluster.disconnect(worker, "r1")
        let event = try #require(events.first)
        #expect(event.requestID == "r1" && event.worker?.leaving == Leaving(since: event.time, deadline: nil))
        #expect(event.worker?.state == .online && leaving(worker) == event.worker?.leaving)
        cluster.endChannel(worker)
        #expect(leaving(worker)?.since == event.time)
        cluster.exit(worker)
        #expect(cluster.events.last?.worker?.leaving == nil)
    }

    @Test func `the event of the request comes before its effects`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, abrupt: true)
        #expect(cluster.events.map(\.kind.name) == ["setup", "fork", "online", "leaving", "disconnect"])
    }

    @Test func `the earlier deadline is shown, and only the first request is an event`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, "r1")
        let since = try #require(leaving(worker)?.since)
        for seconds in [8, 2, 5] { try cluster.disconnect(worker, within: .seconds(seconds), "r2") }
        let deadline = try #require(leaving(worker)?.deadline)
        #expect(leaving(worker)?.since == since)
        #expect((2000...2100).contains(deadline.milliseconds - since.milliseconds))
        #expect(events.map(\.requestID) == ["r1"])
    }

    @Test func `at the primary's end all workers leave by its deadline, without a request`() throws {
        let workers = try (0..<2).map { _ in try cluster.forkOnline() }
        cluster.stop(within: .seconds(8))
        #expect(events.compactMap(\.worker?.id) == workers && events.allSatisfy { $0.requestID == nil })
        #expect(workers.allSatisfy { leaving($0)?.deadline != nil })
    }

    @Test func `a worker that leaves by itself was not asked to`() throws {
        let worker = try cluster.forkOnline()
        cluster.machine.didAnnounceDisconnect(worker, sequence: 1)
        cluster.endChannel(worker)
        #expect(leaving(worker) == nil && events.isEmpty)
    }

    @Test func `a worker that is gone cannot be asked`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker)
        try cluster.disconnect(worker, within: .seconds(1))
        #expect(leaving(worker) == nil && events.isEmpty)
    }

    @Test(arguments: [true, false]) func `a worker that is gone has no listeners`(closesFirst: Bool) throws {
        let worker = try cluster.forkOnline()
        let address = ListeningAddress(address: nil, port: 1, addressType: .tcp4)
        cluster.machine.didListen(worker, on: address, at: cluster.now)
        cluster.run()
        #expect(cluster.events.last?.worker?.listening == [address])
        if closesFirst { cluster.endChannel(worker) } else { cluster.exit(worker) }
        #expect(cluster.events.last?.worker?.listening == [])
    }

    @Test func `a worker that is asked to leave no longer shows its servers`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker, .port(0))
        // The harness binds every socket to port 8000.
        let address = ListeningAddress(address: nil, port: 8000, addressType: .tcp4)
        cluster.machine.didListen(worker, on: address, at: cluster.now)
        try cluster.disconnect(worker)
        #expect(events.last?.worker?.listening == [] && leaving(worker) != nil)
        #expect(cluster.machine.workers[worker]?.info.state == .listening)
    }

    @Test func `leaving workers are counted apart`() throws {
        let workers = try (0..<3).map { _ in try cluster.forkOnline() }
        try cluster.disconnect(workers[1])
        let counts = cluster.machine.status.workers
        #expect(counts.total == 3 && counts.online == 2 && counts.leaving == 1)
    }
}
