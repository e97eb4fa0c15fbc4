// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct ConnectionTests {
    let cluster = MachineHarness()

    /// Workers that serve port 8000.
    func serving(_ count: Int) throws -> [WorkerID] {
        let workers = try (0..<count).map { _ in try cluster.forkOnline() }
        for worker in workers { cluster.query(worker) }
        return workers
    }

    func deliveries(_ worker: WorkerID) -> [ConnectionID] {
        cluster.workers[worker]?.deliveries.map(\.connection) ?? []
    }

    @Test func `idle workers take turns`() throws {
        let workers = try serving(3)
        let connections = (0..<6).map { _ in cluster.accept() }
        for index in 0..<3 {
            #expect(deliveries(workers[index]) == [connections[index], connections[index + 3]])
        }
    }

    @Test func `the next connection goes to the worker with the fewest unanswered ones`() throws {
        let workers = try serving(2)
        for _ in 0..<4 { cluster.accept() }
        cluster.answer(workers[1], accepted: true)
        cluster.answer(workers[1], accepted: true)
        let next = cluster.accept()
        #expect(deliveries(workers[1]) == [next])
    }

    @Test func `a worker that takes a connection leaves nothing open here`() throws {
        let workers = try serving(1)
        let connection = cluster.accept()
        cluster.answer(workers[0], accepted: true)
        #expect(cluster.connections[connection]?.place == .closed)
        #expect(cluster.machine.handovers.isEmpty)
    }

    @Test func `connections wait when every worker has its window full and go on with the first answer`() throws {
        let workers = try serving(2)
        for _ in 0..<2 * ConnectionQueue.window { cluster.accept() }
        let waiting = [cluster.accept(), cluster.accept()]
        #expect(waiting.allSatisfy { cluster.connections[$0]?.place == .waiting })
        cluster.answer(workers[1], accepted: true)
        #expect(cluster.connections[waiting[0]]?.place == .inFlight(workers[1]))
        #expect(cluster.connections[waiting[1]]?.place == .waiting)
    }

    @Test func `a worker that is silent while the others answer gets fewer and fewer`() throws {
        let workers = try serving(2)
        for _ in 0..<2 * 8 { cluster.accept() }
        // The second answers each at once, 64 times the number of workers for each halving of the first's window.
        for _ in 0..<64 * 2 * 4 {
            cluster.answer(workers[1], accepted: true)
            cluster.accept()
        }
        let queue = try #require(cluster.machine.handles.map(\.value).first?.queue)
        #expect(queue.members.map { queue.window(of: $0) } == [1, 16])
        for _ in 0..<8 { cluster.answer(workers[0], accepted: true) }
        #expect(cluster.machine.handles.map(\.value).first?.queue.map { $0.window(of: $0.members[0]) } == 16)
        #expect(cluster.violations.isEmpty)
    }

    @Test func `the port is paused while the queue is full, and accepts again when there is room`() throws {
        let cluster = MachineHarness { $0.maxPendingConnections = 2 }
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        for _ in 0..<ConnectionQueue.window + 1 { cluster.accept() }
        #expect(cluster.handles.values.map(\.isPaused) == [false])
        cluster.accept()
        #expect(cluster.handles.values.map(\.isPaused) == [true])
        cluster.answer(worker, accepted: true)
        #expect(cluster.handles.values.map(\.isPaused) == [false])
    }

    @Test func `with room for no waiting connection, connections still get through`() throws {
        let cluster = MachineHarness { $0.maxPendingConnections = 0 }
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        #expect(cluster.handles.values.map(\.isPaused) == [false])
    }

    @Test func `a declined connection goes to another worker`() throws {
        let workers = try serving(2)
        let connection = cluster.accept()
        cluster.answer(workers[0], accepted: false)
        #expect(deliveries(workers[1]) == [connection])
    }

    @Test func `a worker that declined gets nothing until the rest is over`() throws {
        let workers = try serving(2)
        cluster.accept()
        cluster.answer(workers[0], accepted: false)
        for _ in 0..<5 { cluster.accept() }
        #expect(deliveries(workers[0]) == [])
        cluster.rest()
        let next = cluster.accept()
        #expect(deliveries(workers[0]) == [next])
    }

    @Test func `a connection that all declined waits for the rest and is tried again`() throws {
        let workers = try serving(2)
        let connection = cluster.accept()
        cluster.answer(workers[0], accepted: false)
        cluster.answer(workers[1], accepted: false)
        #expect(cluster.connections[connection]?.place == .waiting)
        cluster.rest()
        #expect(cluster.machine.handovers.map(\.connection) == [connection])
    }

    @Test func `a declined connection comes before those that came later`() throws {
        let workers = try serving(1)
        let first = cluster.accept()
        cluster.answer(workers[0], accepted: false)
        let second = cluster.accept()
        cluster.rest()
        #expect(deliveries(workers[0]) == [first, second])
    }

    @Test func `a connection whose descriptor did not arrive goes to another`() throws {
        let workers = try serving(2)
        let connection = cluster.accept()
        cluster.refuse(workers[0])
        #expect(deliveries(workers[1]) == [connection])
    }

    @Test func `connections that a dying worker had not answered go to others, oldest first`() throws {
        let workers = try serving(1)
        let connections = (0..<4).map { _ in cluster.accept() }
        cluster.answer(workers[0], accepted: true)
        cluster.endChannel(workers[0])
        let replacement = try cluster.forkOnline()
        cluster.query(replacement)
        #expect(deliveries(replacement) == Array(connections[1...]))
    }

    @Test func `a dying worker's connections come before those that wait already`() throws {
        let workers = try serving(1)
        let connections = (0..<ConnectionQueue.window + 1).map { _ in cluster.accept() }
        cluster.endChannel(workers[0])
        let replacement = try cluster.forkOnline()
        cluster.query(replacement)
        #expect(deliveries(replacement) == Array(connections.prefix(ConnectionQueue.window)))
    }

    @Test func `a worker that is asked to leave may still answer and gets no more`() throws {
        let workers = try serving(2)
        let first = cluster.accept()
        try cluster.disconnect(workers[0])
        let second = cluster.accept()
        #expect(deliveries(workers[1]) == [second])
        cluster.answer(workers[0], accepted: false)
        #expect(deliveries(workers[1]) == [second, first])
    }

    @Test func `a worker that listens again while it owes answers does not get ahead of others`() throws {
        let workers = try serving(2)
        cluster.accept()
        cluster.closeServer(workers[0])
        cluster.query(workers[0])
        cluster.answer(workers[0], accepted: true)
        cluster.checkInvariants()
        #expect(cluster.violations.isEmpty)
    }

    @Test func `an answer that comes after the socket was given up closes the connection`() throws {
        let workers = try serving(1)
        let connections = [cluster.accept(), cluster.accept()]
        cluster.closeServer(workers[0])
        cluster.answer(workers[0], accepted: true)
        cluster.answer(workers[0], accepted: false)
        #expect(connections.allSatisfy { cluster.connections[$0]?.place == .closed })
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a worker cannot answer for another, twice, or what it was never sent`() throws {
        let workers = try serving(2)
        let connection = cluster.accept()
        let sequence = try #require(cluster.workers[workers[0]]?.deliveries.first?.sequence)
        cluster.machine.didAcknowledge(workers[1], sequence: sequence, accepted: true)
        cluster.machine.didFailHandover(workers[1], sequence: sequence)
        cluster.machine.didAcknowledge(workers[0], sequence: sequence + 1, accepted: true)
        cluster.machine.didAcknowledge(workers[0], sequence: Int.min, accepted: false)
        cluster.run()
        #expect(cluster.connections[connection]?.place == .inFlight(workers[0]))
        cluster.answer(workers[0], accepted: true)
        cluster.machine.didAcknowledge(workers[0], sequence: sequence, accepted: true)
        cluster.run()
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a connection of a socket that is closed already is closed`() throws {
        let connection = cluster.accept(on: HandleID(rawValue: 7))
        #expect(cluster.connections[connection]?.place == .closed)
    }

    @Test func `a rest that ends after its socket is closed does nothing`() throws {
        let workers = try serving(1)
        cluster.accept()
        cluster.answer(workers[0], accepted: false)
        cluster.closeServer(workers[0])
        cluster.rest()
        cluster.checkInvariants()
        #expect(cluster.violations.isEmpty)
    }

    @Test func `the status counts waiting connections`() throws {
        _ = try serving(1)
        for _ in 0..<ConnectionQueue.window + 3 { cluster.accept() }
        #expect(cluster.machine.status.handles.map(\.pendingConnections) == [3])
    }
}
