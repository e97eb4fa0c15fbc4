// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// How long a socket stays that no worker uses.
@Suite struct HandleLifetimeTests {
    let cluster = MachineHarness()

    @Test func `a socket outlives its last worker while workers are wanted`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.endChannel(worker)
        cluster.exit(worker)
        #expect(cluster.handles.values.map(\.phase) == [.open])
        #expect(cluster.handles.values.map(\.isPaused) == [true])

        let replacement = try cluster.forkOnline()
        cluster.query(replacement)
        #expect(cluster.handles.count == 1)
        #expect(cluster.handles.values.map(\.isPaused) == [false])
    }

    @Test func `a socket without a replacement is closed, with the connections that wait in it`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        let connection = cluster.accept()
        cluster.endChannel(worker)
        cluster.exit(worker)
        #expect(cluster.lingers.count == 1 && cluster.connections[connection]?.place == .waiting)
        cluster.linger()
        #expect(cluster.handles.values.map(\.phase) == [.closed])
        #expect(cluster.connections[connection]?.place == .closed)
        #expect(cluster.machine.handles.isEmpty && cluster.machine.handles.keyCount == 0 && cluster.violations.isEmpty)
    }

    @Test func `the linger begins anew with each last worker`() throws {
        for _ in 0..<2 {
            let worker = try cluster.forkOnline()
            cluster.query(worker)
            cluster.endChannel(worker)
        }
        #expect(cluster.lingers.count == 2)
        cluster.linger()
        #expect(cluster.handles.values.map(\.phase) == [.open])
        cluster.linger()
        #expect(cluster.handles.values.map(\.phase) == [.closed])
    }

    @Test func `a socket that a worker uses is not closed by an older timer`() throws {
        let first = try cluster.forkOnline()
        cluster.query(first)
        cluster.endChannel(first)
        cluster.query(try cluster.forkOnline())
        cluster.linger()
        #expect(cluster.handles.values.map(\.phase) == [.open])
    }

    @Test func `without a linger a socket goes with its last worker, as in Node`() throws {
        let cluster = MachineHarness { $0.listenerLinger = .zero }
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        for worker in workers { cluster.query(worker, .path("/run/s")) }
        cluster.endChannel(workers[0])
        #expect(cluster.machine.status.handles.map(\.workers) == [[workers[1]]])
        cluster.endChannel(workers[1])
        #expect(cluster.machine.handles.isEmpty && cluster.lingers.isEmpty)
    }

    // MARK: A path that leads elsewhere

    @Test func `a socket that no client can reach is replaced, for all that use it`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        cluster.query(workers[0], .path("/run/s"))
        cluster.bindErrno = nil
        cluster.query(workers[1], .path("/run/s"), isLost: true)
        #expect(cluster.pendingBinds.count == 1)
        cluster.bind(errno: 0)
        #expect(cluster.machine.status.handles.map(\.workers) == [workers])
        cluster.accept(.path("/run/s"))
        cluster.accept(.path("/run/s"))
        #expect(workers.map { cluster.workers[$0]?.deliveries.count } == [1, 1])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a worker that waits for a replacement takes over a lost socket`() throws {
        let first = try cluster.forkOnline()
        cluster.query(first, .path("/run/s"))
        cluster.endChannel(first)
        let second = try cluster.forkOnline()
        cluster.query(second, .path("/run/s"), isLost: true)
        #expect(cluster.handles.values.map(\.isPaused) == [false])
        cluster.linger()
        #expect(cluster.machine.status.handles.map(\.workers) == [[second]])
    }

    @Test func `if another program has taken the path, the worker gets an error and others keep their socket`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline(), try cluster.forkOnline()]
        cluster.query(workers[0], .path("/run/s"))
        cluster.bindErrno = 98
        let query = cluster.query(workers[1], .path("/run/s"), isLost: true)
        let reply = ServerReply(
            acknowledged: query.sequence, key: query.key.text, errno: 98, data: nil, name: nil)
        #expect(cluster.workers[workers[1]]?.messages.last == .server(reply))
        #expect(cluster.machine.status.handles.map(\.workers) == [[workers[0]]])
        cluster.endChannel(workers[0])
        cluster.query(workers[2], .path("/run/s"), isLost: true)
        #expect(cluster.machine.handles.isEmpty && cluster.violations.isEmpty)
    }

    @Test func `workers that leave during a new bind leave the socket to those that wait`() throws {
        let first = try cluster.forkOnline()
        cluster.query(first, .path("/run/s"))
        let second = try cluster.forkOnline()
        cluster.bindErrno = nil
        cluster.query(second, .path("/run/s"), isLost: true)
        cluster.endChannel(first)
        cluster.bind(errno: 0)
        #expect(cluster.machine.status.handles.map(\.workers) == [[second]])
        cluster.endChannel(second)
        cluster.disconnectAll()
        #expect(cluster.machine.handles.isEmpty && cluster.violations.isEmpty)
    }

    @Test func `a socket goes with its last worker once all were asked to leave`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.disconnectAll()
        #expect(cluster.handles.values.map(\.phase) == [.closed])
    }

    @Test func `disconnectAll closes a socket that was kept for workers to come`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.endChannel(worker)
        cluster.exit(worker)
        cluster.disconnectAll()
        #expect(cluster.handles.values.map(\.phase) == [.closed])
    }

    @Test func `a socket that is bound after disconnectAll is closed at once`() throws {
        cluster.bindErrno = nil
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.disconnectAll()
        cluster.bind(errno: 0)
        #expect(cluster.handles.values.map(\.phase) == [.closed])
        #expect(cluster.machine.handles.isEmpty)
    }

    @Test func `a fork after disconnectAll opens the port anew`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.disconnectAll()
        let second = try cluster.forkOnline()
        cluster.query(second)
        #expect(cluster.machine.status.handles.map(\.workers) == [[second]])
        cluster.endChannel(second)
        #expect(cluster.machine.status.handles.map(\.workers) == [[]])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a shared socket is kept for a replacement too`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker, .datagram(53))
        cluster.endChannel(worker)
        let replacement = try cluster.forkOnline()
        cluster.query(replacement, .datagram(53))
        #expect(cluster.handles.count == 1)
        #expect(cluster.workers[replacement]?.sharedWith.count == 1)
    }

    @Test func `a socket that was bound anew for nobody accepts nothing while there is no room`() throws {
        let cluster = MachineHarness { $0.maxPendingConnections = 1 }
        let worker = try cluster.forkOnline()
        cluster.query(worker, .path("/run/s"))
        try cluster.pause(worker)
        cluster.accept(.path("/run/s"))
        #expect(try cluster.onlyHandle().model.isPaused)
        cluster.bindErrno = nil
        let second = try cluster.forkOnline()
        cluster.query(second, .path("/run/s"), isLost: true)
        cluster.endChannel(second)
        cluster.bind(errno: 0)
        cluster.checkInvariants()
        #expect(try cluster.onlyHandle().model.isPaused && cluster.violations.isEmpty)
    }
}
