// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct HandleTests {
    let cluster = MachineHarness()

    @Test func `the first query binds and is answered with the name, the key and its own sequence`() throws {
        let worker = try cluster.forkOnline()
        let query = cluster.query(worker)
        let reply = try #require(cluster.workers[worker]?.replies.first)
        #expect(reply.acknowledged == query.sequence)
        #expect(reply.key == "null:8000:4:undefined:0")
        #expect(reply.errno == 0)
        #expect(reply.name?.port == 8000)
        #expect(cluster.handles.values.map(\.isAccepting) == [true])
    }

    @Test func `workers that ask for the same share one socket`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        for worker in workers { cluster.query(worker) }
        #expect(cluster.handles.count == 1)
        #expect(cluster.machine.status.handles.first?.workers == workers)
    }

    @Test func `a second server of one worker on the same port gets a socket of its own`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker, .port(0))
        cluster.query(worker, .port(0, index: 1))
        #expect(cluster.handles.count == 2)
        #expect(Set(cluster.workers[worker]?.replies.map(\.key) ?? []).count == 2)
    }

    @Test func `a worker closes only what it has asked for itself`() throws {
        let (owner, other) = (try cluster.forkOnline(), try cluster.forkOnline())
        let key = cluster.query(owner).key
        cluster.machine.didCloseServer(other, key: key.text)
        cluster.run()
        #expect(cluster.machine.status.handles.map(\.workers) == [[owner]])
        cluster.checkInvariants()
        #expect(cluster.violations.isEmpty)
    }

    @Test func `an address is shown until its server closes`() throws {
        let worker = try cluster.forkOnline()
        // The harness binds every socket to port 8000.
        cluster.query(worker, .port(0))
        let address = ListeningAddress(address: nil, port: 8000, addressType: .tcp4)
        cluster.machine.didListen(worker, on: address, at: cluster.now)
        cluster.run()
        #expect(cluster.machine.workers[worker]?.info.listening == [address])
        cluster.closeServer(worker, .port(0))
        #expect(cluster.machine.workers[worker]?.info.listening == [])
    }

    @Test func `no more than 256 addresses of a worker are shown`() throws {
        let worker = try cluster.forkOnline()
        for port in 1...1000 {
            let address = ListeningAddress(address: nil, port: port, addressType: .tcp4)
            cluster.machine.didListen(worker, on: address, at: cluster.now)
            cluster.run()
        }
        #expect(cluster.machine.workers[worker]?.info.listening.count == 256)
    }

    @Test func `under the policy none the worker gets the socket itself`() throws {
        let cluster = MachineHarness { $0.settings.schedulingPolicy = .none }
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        #expect(cluster.workers[worker]?.sharedWith.count == 1)
        #expect(cluster.handles.values.map(\.isAccepting) == [false])
    }

    @Test func `a datagram socket is shared whatever the policy is`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker, .datagram(53))
        #expect(cluster.workers[worker]?.sharedWith.count == 1)
        #expect(cluster.machine.status.handles.first?.policy == SchedulingPolicy.none)
    }

    @Test func `workers that ask during the bind are answered together`() throws {
        cluster.bindErrno = nil
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        for worker in workers { cluster.query(worker) }
        #expect(workers.allSatisfy { cluster.workers[$0]?.replies == [] })
        cluster.bind(errno: 0)
        #expect(workers.allSatisfy { cluster.workers[$0]?.replies.map(\.errno) == [0] })
        #expect(cluster.handles.count == 1)
    }

    @Test func `a failed bind answers all who wait and the next worker tries again`() throws {
        cluster.bindErrno = nil
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        for worker in workers { cluster.query(worker) }
        cluster.bind(errno: 98)
        #expect(workers.allSatisfy { cluster.workers[$0]?.replies.map(\.errno) == [98] })
        #expect(cluster.machine.handles.isEmpty)

        cluster.bindErrno = 0
        cluster.query(workers[1])
        #expect(cluster.workers[workers[1]]?.replies.map(\.errno) == [98, 0])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `all sharers get the first worker's data`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        cluster.query(workers[0], data: ["ticketKeys": "aa"])
        cluster.query(workers[1], data: ["ticketKeys": "bb"])
        #expect(workers.allSatisfy { cluster.workers[$0]?.replies.map(\.data) == [["ticketKeys": "aa"]] })
    }

    @Test func `a failed bind hands back the data too`() throws {
        cluster.bindErrno = 13
        let worker = try cluster.forkOnline()
        cluster.query(worker, data: 7)
        #expect(cluster.workers[worker]?.replies.map(\.data) == [7])
    }

    @Test func `a leaving worker is not answered`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker)
        cluster.query(worker)
        #expect(cluster.workers[worker]?.replies == [])
        #expect(cluster.handles.isEmpty)
    }

    @Test func `a worker that is asked to leave during the bind is not admitted`() throws {
        cluster.bindErrno = nil
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        try cluster.disconnect(worker)
        cluster.bind(errno: 0)
        #expect(cluster.workers[worker]?.replies == [])
        #expect(cluster.machine.status.handles.first?.workers == [])
    }

    @Test func `a worker that is gone when its socket is bound is not admitted`() throws {
        cluster.bindErrno = nil
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.exit(worker)
        cluster.endChannel(worker)
        cluster.bind(errno: 0)
        #expect(cluster.machine.status.handles.first?.workers == [])
        cluster.checkInvariants()
        #expect(cluster.violations.isEmpty)
    }

    @Test func `closing one of several servers keeps the socket`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        for worker in workers { cluster.query(worker) }
        cluster.closeServer(workers[0])
        #expect(cluster.machine.status.handles.first?.workers == [workers[1]])
    }

    @Test func `closing the last server closes the socket and what waits in it`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        let connections = (0..<ConnectionQueue.window + 2).map { _ in cluster.accept() }
        cluster.closeServer(worker)
        #expect(cluster.handles.values.map(\.phase) == [.closed])
        #expect(connections.suffix(2).allSatisfy { cluster.connections[$0]?.place == .closed })
        #expect(cluster.connections[connections[0]]?.place == .inFlight(worker))
    }

    @Test func `a close of a key that nobody has is ignored`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.machine.didCloseServer(worker, key: "nonsense")
        cluster.closeServer(worker, .port(9))
        #expect(cluster.handles.values.map(\.phase) == [.open])
    }

    @Test func `a worker cannot close a server that it does not have`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        cluster.query(workers[0])
        cluster.closeServer(workers[1])
        #expect(cluster.handles.values.map(\.phase) == [.open])
    }

    @Test(arguments: [
        (HandleKey.port(80), "null:80:4:undefined:0"),
        (HandleKey(address: "::1", port: 0, addressType: .tcp6, fd: nil, index: 2), "::1:0:6:undefined:2"),
        (
            HandleKey(address: "/tmp/a b.sock", port: -1, addressType: .pipe, fd: nil, index: 0),
            "/tmp/a b.sock:-1:-1:undefined:0"
        ),
        (HandleKey(address: "127.0.0.1", port: 0, addressType: .udp4, fd: -1, index: 0), "127.0.0.1:0:udp4:-1:0"),
    ])
    func `a key reads as Node writes it`(_ key: HandleKey, _ text: String) {
        #expect(key.text == text)
    }
}
