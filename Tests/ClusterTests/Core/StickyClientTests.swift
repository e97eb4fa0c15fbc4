// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Clients that keep their instance.
@Suite struct StickyClientTests {
    @Test func `a client gets the same instance each time, also after its worker was replaced`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 3, isSticky: true)
        let id = try cluster.onlyHandle().id
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
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2, isSticky: true)
        let id = try cluster.onlyHandle().id
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

    @Test func `if there is no more room, the oldest client goes to anybody`() throws {
        let cluster = MachineHarness {
            $0.steering.stickiness = .address
            $0.maxPendingConnections = 2
        }
        let workers = try (0..<2).map { try cluster.forkOnline(instance: $0) }
        for worker in workers { cluster.query(worker) }
        let id = try cluster.onlyHandle().id
        let bucket = try #require(StickyTable([0, 1]).owners.firstIndex(of: 0))
        for _ in 0..<ConnectionQueue.window { cluster.accept(on: id, bucket: bucket) }
        let oldest = cluster.accept(on: id, bucket: bucket)
        #expect(cluster.connections[oldest]?.place == .waiting)
        let next = cluster.accept(on: id, bucket: bucket)
        #expect(cluster.connections[oldest]?.place == .inFlight(workers[1]))
        #expect(cluster.connections[next]?.place == .waiting && cluster.violations.isEmpty)
    }

    @Test func `a worker that declines keeps its clients, but for that connection`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2, isSticky: true)
        let id = try cluster.onlyHandle().id
        let bucket = try #require(StickyTable([0, 1]).owners.firstIndex(of: 0))
        let declined = cluster.accept(on: id, bucket: bucket)
        cluster.answer(workers[0], accepted: false)
        #expect(cluster.connections[declined]?.place == .inFlight(workers[1]))
        let next = cluster.accept(on: id, bucket: bucket)
        #expect(cluster.connections[next]?.place == .waiting)
        cluster.rest()
        #expect(cluster.connections[next]?.place == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `a connection waits until its client is known, and counts`() throws {
        let cluster = MachineHarness {
            $0.steering.stickiness = .header
            $0.maxPendingConnections = 2
        }
        let workers = try (0..<2).map { try cluster.forkOnline(instance: $0) }
        for worker in workers { cluster.query(worker) }
        let id = try cluster.onlyHandle().id
        let connections = [cluster.acceptUnread(on: id), cluster.acceptUnread(on: id)]
        #expect(try cluster.onlyHandle().model.isPaused)
        let bucket = try #require(StickyTable([0, 1]).owners.firstIndex(of: 1))
        cluster.read(connections[1], bucket: bucket)
        #expect(cluster.connections[connections[1]]?.place == .inFlight(workers[1]))
        #expect(try !cluster.onlyHandle().model.isPaused)
        for worker in workers { cluster.closeServer(worker) }
        #expect(cluster.connections[connections[0]]?.place == .closed && cluster.violations.isEmpty)
    }

    @Test func `clients that say nothing get a quarter of the room`() throws {
        let cluster = MachineHarness {
            $0.steering.stickiness = .header
            $0.maxPendingConnections = 8
        }
        let worker = try cluster.forkOnline(instance: 0)
        cluster.query(worker)
        let id = try cluster.onlyHandle().id
        let silent = cluster.acceptUnread(on: id)
        #expect(cluster.mayAwaitClient(on: id))
        _ = cluster.acceptUnread(on: id)
        #expect(!cluster.mayAwaitClient(on: id))
        #expect(try !cluster.onlyHandle().model.isPaused)
        cluster.read(silent, bucket: nil)
        #expect(cluster.mayAwaitClient(on: id) && cluster.violations.isEmpty)
    }

    @Test func `they get a quarter of the descriptors too, also before few are left`() throws {
        let cluster = MachineHarness { $0.steering.stickiness = .header }
        cluster.machine.connectionBudget = ConnectionBudget(limit: 8)
        let worker = try cluster.forkOnline(instance: 0)
        cluster.query(worker)
        let id = try cluster.onlyHandle().id
        for _ in 0..<2 {
            #expect(cluster.mayAwaitClient(on: id))
            cluster.acceptUnread(on: id)
        }
        #expect(!cluster.mayAwaitClient(on: id))
    }

    @Test func `while few descriptors are left, a client does not wait for its busy worker`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2, isSticky: true)
        cluster.machine.connectionBudget = ConnectionBudget(limit: 8)
        let id = try cluster.onlyHandle().id
        let bucket = try #require(StickyTable([0, 1]).owners.firstIndex(of: 0))
        for _ in 0..<7 { cluster.accept(on: id, bucket: bucket) }
        #expect(!cluster.machine.connectionBudget.isScarce)
        let last = cluster.accept(on: id, bucket: bucket)
        #expect(cluster.machine.connectionBudget.isScarce)
        #expect(cluster.connections[last]?.place == .inFlight(workers[1]) && cluster.violations.isEmpty)
    }

    @Test func `the kernel gives each client its instance's socket`() throws {
        let (cluster, _) = try MachineHarness.serving(.reuseport, workers: 3, isSticky: true)
        #expect(try cluster.onlyHandle().model.program == .sticky(StickyTable([0, 1, 2]).owners))
    }
}
