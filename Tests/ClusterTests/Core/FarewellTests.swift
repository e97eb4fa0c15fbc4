// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// The last workers of a socket get what waits in it before they are told to leave.
@Suite struct FarewellTests {
    private static let policies = [SchedulingPolicy.roundRobin, .reuseport]

    private func isTold(_ cluster: MachineHarness, _ worker: WorkerID) -> Bool {
        cluster.workers[worker]?.messages.contains(.disconnect) == true
    }

    @Test(arguments: policies) func `what waits goes to workers before they are told`(policy: SchedulingPolicy) throws {
        let (cluster, workers) = try MachineHarness.serving(policy, workers: 2)
        cluster.holdsEmptying = true
        cluster.stop(within: .seconds(8))
        #expect(cluster.emptied.count == 1 && !workers.contains { isTold(cluster, $0) })
        // More than workers get otherwise.
        let connections = (0..<100).map { _ in cluster.accept() }
        for connection in connections {
            let place = cluster.connections[connection]?.place
            #expect(workers.contains { place == .inFlight($0) }, "\(String(describing: place))")
        }
        cluster.endEmptying()
        #expect(workers.allSatisfy { isTold(cluster, $0) } && cluster.machine.handles.isEmpty)
        #expect(cluster.violations.isEmpty, "\(cluster.violations)")
    }

    @Test(arguments: policies) func `all workers are told to leave without a delay if nothing waits`(
        policy: SchedulingPolicy
    ) throws {
        let (cluster, workers) = try MachineHarness.serving(policy, workers: 2)
        cluster.disconnectAll()
        #expect(workers.allSatisfy { isTold(cluster, $0) } && cluster.machine.handles.isEmpty)
    }

    @Test func `they show at once that they leave, and that they listen no more`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 1)
        cluster.holdsEmptying = true
        cluster.stop(within: .seconds(8))
        let info = try #require(cluster.machine.workers[workers[0]]?.info)
        #expect(info.exitedAfterDisconnect == true && info.leaving != nil && info.listening.isEmpty)
        #expect(cluster.events.last?.kind.name == "leaving")
    }

    @Test func `a client whose head is unfinished counts by its address`() throws {
        let cluster = MachineHarness { $0.steering.stickiness = .header }
        let worker = try cluster.forkOnline(instance: 0)
        cluster.query(worker)
        let handle = try cluster.onlyHandle().id
        let connection = cluster.acceptUnread(on: handle)
        cluster.holdsEmptying = true
        cluster.stop(within: .seconds(8))
        #expect(cluster.connections[connection]?.place == .inFlight(worker))
        #expect(!cluster.mayAwaitClient(on: handle))
        #expect(cluster.violations.isEmpty)
    }

    @Test(arguments: policies) func `workers that take nothing are not waited for`(policy: SchedulingPolicy) throws {
        let (cluster, workers) = try MachineHarness.serving(policy, workers: 2)
        cluster.holdsEmptying = true
        try cluster.pause(workers[0])
        cluster.look(stopped: [workers[1]])
        // With rr it is found when it is to get a connection.
        if policy == .roundRobin {
            cluster.accept()
            cluster.findStopped(workers[1])
        }
        cluster.stop(within: .seconds(8))
        #expect(cluster.emptied.isEmpty && workers.allSatisfy { isTold(cluster, $0) })
    }

    @Test func `a stop without a grace does not wait`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 1)
        cluster.stop(within: .zero)
        #expect(cluster.handles.values.allSatisfy { !$0.isEmptied } && isTold(cluster, workers[0]))
    }

    @Test func `while others stay, a worker is told at once`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 2)
        cluster.holdsEmptying = true
        try cluster.disconnect(workers[0])
        #expect(isTold(cluster, workers[0]) && cluster.emptied.isEmpty)
    }

    @Test func `if the supervisor wants no workers, the last one takes what waits`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        cluster.holdsEmptying = true
        cluster.machine.expect(WorkerExpectation(isEmpty: true, isReplacementDue: false, listen: [], ending: nil))
        let plan = EndingPlan(terminateAfter: .seconds(10), killAfter: .seconds(15))
        for worker in workers {
            cluster.machine.leave(worker, plan, requestID: nil, at: cluster.now, now: cluster.instant)
        }
        cluster.run()
        #expect(isTold(cluster, workers[0]) && !isTold(cluster, workers[1]))
        #expect(cluster.placeOfNext() == .inFlight(workers[1]))
        cluster.endEmptying()
        #expect(isTold(cluster, workers[1]) && cluster.machine.handles.isEmpty && cluster.violations.isEmpty)
    }

    @Test func `a worker that comes meanwhile gets another socket`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 1)
        cluster.holdsEmptying = true
        cluster.disconnectAll()
        let next = try cluster.forkOnline()
        cluster.query(next)
        #expect(isTold(cluster, workers[0]) && cluster.handles.count == 2)
        #expect(cluster.handles.values.count { $0.phase == .open } == 1)
        cluster.endEmptying()
        cluster.checkInvariants()
        #expect(cluster.placeOfNext() == .inFlight(next) && cluster.violations.isEmpty, "\(cluster.violations)")
    }

    @Test func `a worker whose time is over is told, whatever waits`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 1)
        cluster.holdsEmptying = true
        cluster.stop(within: .seconds(8))
        cluster.advance(by: .seconds(6))
        #expect(isTold(cluster, workers[0]) && cluster.workers[workers[0]]?.signals == [.terminate, .resume])
        #expect(cluster.machine.handles.isEmpty && cluster.violations.isEmpty)
    }
}
