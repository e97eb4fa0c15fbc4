// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Who gets no new connections for now.
@Suite struct AttentionTests {
    private func cluster(
        _ policy: SchedulingPolicy, workers count: Int, isSticky: Bool = false
    ) throws -> (MachineHarness, [WorkerID]) {
        let cluster = MachineHarness {
            $0.settings.schedulingPolicy = policy
            if isSticky { $0.steering.stickiness = .address }
        }
        let workers = try (0..<count).map { try cluster.forkOnline(instance: $0) }
        for worker in workers {
            cluster.query(worker)
            cluster.listen(worker)
        }
        return (cluster, workers)
    }

    private func place(_ cluster: MachineHarness) -> ConnectionModel.Place? {
        cluster.connections[cluster.accept()]?.place
    }

    private func handle(_ cluster: MachineHarness) throws -> (id: HandleID, model: HandleModel) {
        let first = try #require(cluster.handles.first)
        return (first.key, first.value)
    }

    // MARK: Pause

    @Test func `a paused worker gets no connection, and keeps those that it has`() throws {
        let (cluster, workers) = try cluster(.roundRobin, workers: 2)
        #expect(place(cluster) == .inFlight(workers[0]))
        try cluster.pause(workers[0])
        #expect(cluster.machine.workers[workers[0]]?.info.paused == true)
        for _ in 0..<3 { #expect(place(cluster) == .inFlight(workers[1])) }
        cluster.answer(workers[0], accepted: true)
        try cluster.resume(workers[0])
        #expect(place(cluster) == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `connections wait while all workers are paused`() throws {
        let (cluster, workers) = try cluster(.roundRobin, workers: 2)
        for worker in workers { try cluster.pause(worker) }
        let connection = cluster.accept()
        #expect(cluster.connections[connection]?.place == .waiting)
        try cluster.resume(workers[1])
        #expect(cluster.connections[connection]?.place == .inFlight(workers[1]))
    }

    @Test func `the kernel leaves out the socket of a paused worker`() throws {
        let (cluster, workers) = try cluster(.reuseport, workers: 3)
        #expect(try handle(cluster).model.program?.results == [0, 1, 2])
        try cluster.pause(workers[1])
        #expect(try handle(cluster).model.program?.results == [0, 2])
        // It takes what waits there itself.
        #expect(try !handle(cluster).model.isAccepting)
        try cluster.resume(workers[1])
        #expect(try handle(cluster).model.program?.results == [0, 1, 2] && cluster.violations.isEmpty)
    }

    @Test func `the primary keeps connections in a socket of its own while all workers with sockets are paused`() throws
    {
        let (cluster, workers) = try cluster(.reuseport, workers: 2)
        for worker in workers { try cluster.pause(worker) }
        let (id, model) = try handle(cluster)
        #expect(model.program?.results == [2] && model.isAccepting)
        let connection = cluster.accept(on: id)
        #expect(cluster.connections[connection]?.place == .waiting)
        try cluster.resume(workers[0])
        #expect(cluster.connections[connection]?.place == .inFlight(workers[0]))
        #expect(try handle(cluster).model.program?.results == [0] && cluster.violations.isEmpty)
    }

    @Test func `a worker that accepts by itself cannot be paused`() throws {
        let (cluster, workers) = try cluster(.none, workers: 1)
        let error = #expect(throws: ClusterError.self) { try cluster.pause(workers[0]) }
        #expect(error?.reason == .policyCannotPause)
        let stranger = try #require(WorkerID(rawValue: 99))
        #expect(throws: ClusterError.self) { try cluster.pause(stranger) }
    }

    @Test func `without the kernel's help a worker with a socket of its own cannot be paused`() throws {
        let (cluster, workers) = try cluster(.reuseport, workers: 1)
        cluster.machine.didFailToSteer(try handle(cluster).id)
        let error = #expect(throws: ClusterError.self) { try cluster.pause(workers[0]) }
        #expect(error?.reason == .policyCannotPause)
        #expect(cluster.machine.status.handles.map(\.steered) == [false])
    }

    // MARK: Workers that hang

    @Test func `a worker that does not answer is skipped until it answers`() throws {
        let (cluster, workers) = try cluster(.roundRobin, workers: 2)
        _ = place(cluster)
        #expect(place(cluster) == .inFlight(workers[1]))
        cluster.answer(workers[1], accepted: true)
        cluster.look(4)
        #expect(cluster.machine.workers[workers[0]]?.obstacles == [])
        cluster.look(1)
        #expect(cluster.machine.workers[workers[0]]?.obstacles == .silent)
        for _ in 0..<5 { #expect(place(cluster) == .inFlight(workers[1])) }
        cluster.answer(workers[0], accepted: true)
        #expect(cluster.machine.workers[workers[0]]?.obstacles == [])
        #expect(place(cluster) == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `a connection for a stopped process goes to another, until the process goes on`() throws {
        let (cluster, workers) = try cluster(.roundRobin, workers: 2)
        let connection = cluster.accept()
        #expect(cluster.connections[connection]?.place == .inFlight(workers[0]))
        cluster.findStopped(workers[0])
        #expect(cluster.connections[connection]?.place == .inFlight(workers[1]))
        #expect(cluster.machine.needsWatch && cluster.machine.watched == [workers[0]])
        cluster.look(3, stopped: [workers[0]])
        #expect(place(cluster) == .inFlight(workers[1]))
        cluster.look()
        #expect(place(cluster) == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `what waits in the socket of a stopped worker goes to the others`() throws {
        let (cluster, workers) = try cluster(.reuseport, workers: 2)
        cluster.look(1, stopped: [workers[0]])
        let (id, model) = try handle(cluster)
        #expect(model.program?.results == [1] && model.slots[SlotID(rawValue: 0)] == .rescued([workers[0]]))
        #expect(cluster.connections[cluster.accept(on: id)]?.place == .inFlight(workers[1]))
        cluster.look()
        #expect(try handle(cluster).model.program?.results == [0, 1])
        #expect(try !handle(cluster).model.isAccepting && cluster.violations.isEmpty)
    }

    @Test func `a worker that leaves connections in its socket is asked, and skipped if it does not answer`() throws {
        let (cluster, workers) = try cluster(.reuseport, workers: 2)
        let id = try handle(cluster).id
        let backlogs: [HandleID: Set<SlotID>] = [id: [SlotID(rawValue: 1)]]
        cluster.look(1, backlogs: backlogs)
        #expect(cluster.probes.isEmpty)
        cluster.look(1, backlogs: backlogs)
        #expect(cluster.probes == [workers[1]])
        cluster.look(5, backlogs: backlogs)
        #expect(try handle(cluster).model.program?.results == [0])
        cluster.answerProbe(workers[1])
        #expect(try handle(cluster).model.program?.results == [0, 1] && cluster.violations.isEmpty)
    }

    @Test func `a busy worker that answers is not skipped`() throws {
        let (cluster, workers) = try cluster(.reuseport, workers: 1)
        let backlogs: [HandleID: Set<SlotID>] = [try handle(cluster).id: [SlotID(rawValue: 0)]]
        for _ in 0..<20 {
            cluster.look(1, backlogs: backlogs)
            for worker in cluster.probes { cluster.answerProbe(worker) }
        }
        #expect(cluster.machine.workers[workers[0]]?.obstacles == [] && cluster.violations.isEmpty)
    }

    // MARK: Clients that keep their instance

    @Test func `a client gets the same instance each time, also after its worker was replaced`() throws {
        let (cluster, workers) = try cluster(.roundRobin, workers: 3, isSticky: true)
        let id = try handle(cluster).id
        func worker(of bucket: Int) -> WorkerID? {
            let connection = cluster.accept(on: id, bucket: bucket)
            guard case .inFlight(let worker) = cluster.connections[connection]?.place else { return nil }
            cluster.answer(worker, accepted: true)
            return worker
        }
        let before = (0..<100).map(worker(of:))
        #expect(Set(before).count == 3 && (0..<100).map(worker(of:)) == before)
        cluster.endChannel(workers[1])
        let during = (0..<100).map(worker(of:))
        for (old, new) in zip(before, during) { #expect(old == workers[1] ? new != workers[1] : new == old) }
        let next = try cluster.forkOnline(instance: 1)
        cluster.query(next)
        #expect((0..<100).map(worker(of:)) == before.map { $0 == workers[1] ? next : $0 })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a client waits for its busy worker and holds up nobody`() throws {
        let (cluster, workers) = try cluster(.roundRobin, workers: 2, isSticky: true)
        let id = try handle(cluster).id
        let table = StickyTable([0, 1])
        let first = try #require(table.owners.firstIndex(of: 0))
        let second = try #require(table.owners.firstIndex(of: 1))
        for _ in 0..<ConnectionQueue.window { cluster.accept(on: id, bucket: first) }
        let waiting = cluster.accept(on: id, bucket: first)
        let other = cluster.accept(on: id, bucket: second)
        #expect(cluster.connections[waiting]?.place == .waiting)
        #expect(cluster.connections[other]?.place == .inFlight(workers[1]))
        cluster.answer(workers[0], accepted: true)
        #expect(cluster.connections[waiting]?.place == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `the kernel gives each client its instance's socket`() throws {
        let (cluster, _) = try cluster(.reuseport, workers: 3, isSticky: true)
        #expect(try handle(cluster).model.program == .sticky(StickyTable([0, 1, 2]).owners))
    }
}
