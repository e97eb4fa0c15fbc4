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

    @Test func `the primary accepts from a unix socket, because reuseport has no such thing`() throws {
        let worker = try cluster.forkOnline()
        let key = HandleKey(address: "/tmp/s", port: -1, addressType: .pipe, fd: nil, index: 0)
        cluster.query(worker, key)
        #expect(cluster.handles.values.map(\.use) == [.accepted])
        #expect(cluster.machine.handles.map(\.value).map(\.policy) == [.roundRobin])
    }
}
