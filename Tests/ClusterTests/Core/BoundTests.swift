// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// What a worker can make the primary hold has a bound, past which its channel ends.
@Suite struct BoundTests {
    private let cluster = MachineHarness()

    private func reason(_ id: WorkerID) -> DisconnectReason? { cluster.machine.workers[id]?.info.disconnectReason }

    @Test func `a worker may have a limited number of sockets`() throws {
        cluster.machine.maxSocketsPerWorker = 3
        let (worker, other) = (try cluster.forkOnline(), try cluster.forkOnline())
        for index in 0..<3 { cluster.query(worker, .port(0, index: index)) }
        // One that it has.
        cluster.query(worker, .port(0, index: 1))
        #expect(reason(worker) == nil)
        cluster.closeServer(worker, .port(0, index: 2))
        cluster.query(worker, .port(0, index: 3))
        #expect(reason(worker) == nil)
        cluster.query(worker, .port(0, index: 4))
        #expect(reason(worker) == .tooManySockets)
        #expect(cluster.machine.workers[worker]?.info.connected == false)
        guard case .disconnect? = cluster.events.last?.kind else { Issue.record("no disconnect"); return }
        #expect(cluster.events.last?.worker?.disconnectReason == .tooManySockets)
        cluster.query(other, .port(0, index: 4))
        #expect(cluster.workers[other]?.replies.map(\.errno) == [0])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `connections of closed servers must be answered too`() throws {
        let worker = try cluster.forkOnline()
        var rounds = 0
        while reason(worker) == nil, rounds < 100 {
            rounds += 1
            cluster.query(worker)
            for _ in 0..<ConnectionQueue.window { cluster.accept() }
            cluster.closeServer(worker)
        }
        #expect(reason(worker) == .connectionsNotAnswered)
        #expect(rounds == cluster.machine.maxUnansweredConnections / ConnectionQueue.window + 1)
        #expect(cluster.machine.handovers.isEmpty)
    }

    @Test func `a worker serves as long as it has a server, however many addresses are shown`() throws {
        let worker = try cluster.forkOnline()
        for port in 1...300 {
            cluster.query(worker, .port(port))
            cluster.machine.didListen(
                worker, on: ListeningAddress(address: nil, port: port, addressType: .tcp4), at: cluster.now)
            cluster.run()
        }
        #expect(cluster.machine.workers[worker]?.info.listening.count == 256)
        for port in 1...299 { cluster.closeServer(worker, .port(port)) }
        #expect(cluster.machine.workers[worker]?.serves == true)
        cluster.closeServer(worker, .port(300))
        #expect(cluster.machine.workers[worker]?.serves == false)
    }

    @Test func `a worker that listens again and again does not fill the history`() throws {
        let worker = try cluster.forkOnline()
        for _ in 0..<5000 {
            cluster.query(worker, .port(0))
            let address = ListeningAddress(address: nil, port: 8000, addressType: .tcp4)
            cluster.machine.didListen(worker, on: address, at: cluster.now)
            cluster.run()
            cluster.closeServer(worker, .port(0))
        }
        // The harness's clock goes on by a millisecond each time it is asked.
        #expect((1000...1200).contains(cluster.events.count { $0.kind.name == "listening" }))
        #expect(cluster.machine.workers[worker]?.info.listening == [])
        // The supervisor is told each time.
        #expect(cluster.listening.count == 5000)
        #expect(reason(worker) == nil)
    }

    @Test func `a program that takes no messages lives on without its channel, and the reason is known`() throws {
        let cluster = MachineHarness {
            $0.settings.listen = ["tcp://0.0.0.0:8000"].compactMap(ListenURL.init)
        }
        let worker = try cluster.fork()
        cluster.machine.didCloseChannel(worker, .broken(.invalidMessage), at: cluster.now)
        cluster.run()
        #expect(cluster.machine.workers[worker]?.info.disconnectReason == .invalidMessage)
        #expect(cluster.machine.workers[worker]?.info.state == .listening)
    }
}
