// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct SlotTests {
    let cluster = MachineHarness { $0.settings.schedulingPolicy = .reuseport }

    func serving(_ count: Int) throws -> [WorkerID] {
        let workers = try (0..<count).map { _ in try cluster.forkOnline() }
        for worker in workers { cluster.query(worker) }
        return workers
    }

    var slots: [HandleModel.Slot] {
        cluster.handles.values.flatMap { $0.slots.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value) }
    }

    @Test func `each worker gets a socket of its own`() throws {
        let workers = try serving(3)
        #expect(slots == workers.map { .held($0) })
        #expect(workers.allSatisfy { cluster.workers[$0]?.replies.map(\.errno) == [0] })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a slot that the primary could not accept from is asked for again`() {
        var slots = SlotTable()
        let first = SlotID(rawValue: 0)
        #expect(slots.settle() == [.adopted(first)])
        #expect(slots.settle().isEmpty)
        slots.didNotAdopt(first)
        #expect(slots.settle() == [.adopted(first)])
    }

    @Test func `connections that wait in a dead worker's socket go to the others`() throws {
        let workers = try serving(2)
        cluster.endChannel(workers[0])
        #expect(slots == [.adopted, .held(workers[1])])
        let connection = cluster.accept()
        #expect(cluster.connections[connection]?.place == .inFlight(workers[1]))
        #expect(cluster.violations.isEmpty)
    }

    @Test func `the next worker takes over the socket, and the primary lets go of it`() throws {
        let workers = try serving(2)
        cluster.endChannel(workers[0])
        let next = try cluster.forkOnline()
        cluster.query(next)
        #expect(slots == [.held(next), .held(workers[1])])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a worker that is asked to leave gives up its socket at once`() throws {
        let workers = try serving(2)
        try cluster.disconnect(workers[1])
        #expect(slots == [.held(workers[0]), .adopted])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `all sockets wait in the kernel for the next worker while one is due`() throws {
        let worker = try serving(1)[0]
        cluster.endChannel(worker)
        #expect(cluster.handles.values.map(\.isPaused) == [true])
        let next = try cluster.forkOnline()
        cluster.query(next)
        #expect(slots == [.held(next)] && cluster.handles.values.map(\.isPaused) == [false])
    }

    @Test func `the sockets close with the last worker that closes its server`() throws {
        let workers = try serving(2)
        for worker in workers { cluster.closeServer(worker) }
        #expect(cluster.handles.values.map(\.phase) == [.closed])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a worker whose socket cannot be made gets an error, and the next one tries again`() throws {
        cluster.slotErrno = 24
        let workers = try serving(2)
        #expect(cluster.workers[workers[1]]?.replies.map(\.errno) == [24])
        cluster.slotErrno = 0
        let next = try cluster.forkOnline()
        cluster.query(next)
        #expect(slots == [.held(workers[0]), .held(next)])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `an instance keeps its socket: its next worker shares it with the old one, and has it alone then`()
        throws
    {
        let old = try (0..<3).map { try cluster.forkOnline(instance: $0) }
        for worker in old { cluster.query(worker) }
        #expect(slots == old.map { .held($0) })
        let new = try [2, 0, 1].map { try cluster.forkOnline(instance: $0) }
        for worker in new { cluster.query(worker) }
        #expect(slots == [.shared([old[0], new[1]]), .shared([old[1], new[2]]), .shared([old[2], new[0]])])
        for worker in old { try cluster.disconnect(worker) }
        #expect(!slots.contains(.adopted) && cluster.handles.values.allSatisfy { !$0.isAccepting })
        cluster.checkInvariants()
        // Another end of the new one leaves it to the primary, and the same instance gets it back.
        cluster.endChannel(new[2])
        #expect(slots[1] == .adopted)
        let last = try cluster.forkOnline(instance: 1)
        cluster.query(last)
        #expect(slots[1] == .held(last) && cluster.violations.isEmpty)
    }

    @Test func `instances that come back in another order get their own sockets`() throws {
        // One of them stays: without any worker, the primary closes the port.
        let old = try (0..<4).map { try cluster.forkOnline(instance: $0) }
        for worker in old { cluster.query(worker) }
        for worker in old.dropLast() { cluster.endChannel(worker) }
        let new = try [2, 1, 0].map { try cluster.forkOnline(instance: $0) }
        for worker in new { cluster.query(worker) }
        #expect(slots == [.held(new[2]), .held(new[1]), .held(new[0]), .held(old[3])], "\(slots)")
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a worker of no instance takes what was nobody's before what an instance may want back`() throws {
        let instance = try cluster.forkOnline(instance: 0)
        cluster.query(instance)
        let forked = try cluster.forkOnline()
        cluster.query(forked)
        cluster.endChannel(instance)
        cluster.endChannel(forked)
        let next = try cluster.forkOnline()
        cluster.query(next)
        #expect(slots == [.adopted, .held(next)] && cluster.violations.isEmpty)
    }

    @Test func `the primary accepts from a unix socket, because reuseport has no such thing`() throws {
        let worker = try cluster.forkOnline()
        let key = HandleKey(address: "/tmp/s", port: -1, addressType: .pipe, fd: nil, index: 0)
        cluster.query(worker, key)
        #expect(cluster.handles.values.map(\.use) == [.accepted])
        #expect(cluster.machine.handles.map(\.value).map(\.policy) == [.roundRobin])
    }
}
