// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Workers that are started with their sockets and know nothing of clusters.
@Suite struct InheritanceTests {
    private static func urls(_ texts: [String]) -> [ListenURL] { texts.compactMap(ListenURL.init) }

    let cluster = MachineHarness {
        $0.settings.listen = Self.urls(["tcp://0.0.0.0:8000", "unix:///run/a.sock"])
    }

    func listen(_ cluster: MachineHarness, _ texts: String...) throws {
        var patch = SettingsPatch()
        patch.listen = .set(Self.urls(texts))
        _ = try cluster.machine.setupPrimary(patch, requestID: nil, at: cluster.now)
        cluster.run()
    }

    private func phases(_ cluster: MachineHarness) -> [HandleModel.Phase] {
        cluster.handles.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value.phase)
    }

    func names(_ cluster: MachineHarness, of id: WorkerID) -> [String] {
        cluster.events.filter { $0.worker?.id == id }.map(\.kind.name)
    }

    @Test func `all workers are started with the same sockets and listen when they run`() throws {
        let workers = [try cluster.fork(), try cluster.fork()]
        #expect(phases(cluster) == [.open, .open])
        for worker in workers {
            #expect(cluster.workers[worker]?.inherited.map(\.rawValue) == [0, 1])
            #expect(names(cluster, of: worker) == ["fork", "online", "listening", "listening"])
            #expect(cluster.machine.workers[worker]?.info.state == .listening)
        }
        #expect(cluster.machine.status.handles.map(\.workers) == [workers, workers])
        #expect(cluster.machine.status.handles.map(\.policy) == [.none, .none])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a socket that workers are started with is shown at its real address`() throws {
        let cluster = MachineHarness { $0.settings.listen = Self.urls(["tcp://0.0.0.0:0", "unix:///run/a.sock"]) }
        let worker = try cluster.fork()
        #expect(
            cluster.machine.workers[worker]?.info.listening.contains(
                ListeningAddress(address: "0.0.0.0", port: 8000, addressType: .tcp4)) == true)
    }

    @Test func `a worker that reports readiness listens once it is ready, and no other does then`() throws {
        let cluster = MachineHarness {
            $0.settings.listen = Self.urls(["tcp://0.0.0.0:8000"])
            $0.settings.ready = .notify
        }
        let (worker, other) = (try cluster.fork(), try cluster.fork())
        #expect(cluster.machine.workers[worker]?.info.state == .online)
        cluster.becomeReady(worker)
        cluster.becomeReady(worker)
        #expect(names(cluster, of: worker) == ["fork", "online", "listening"])
        #expect(cluster.machine.workers[other]?.info.state == .online)
    }

    @Test func `a worker cannot close the sockets that it was started with`() throws {
        let cluster = MachineHarness {
            $0.settings.listen = Self.urls(["tcp://0.0.0.0:8000"])
            $0.settings.ready = .notify
        }
        let worker = try cluster.fork()
        let key = try #require(cluster.machine.status.handles.first?.key)
        cluster.machine.didCloseServer(worker, key: key)
        cluster.run()
        #expect(phases(cluster) == [.open])
        cluster.becomeReady(worker)
        #expect(names(cluster, of: worker) == ["fork", "online", "listening"])
        _ = try cluster.fork()
        #expect(phases(cluster) == [.open])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a worker of Node's that says it is ready changes nothing`() throws {
        let cluster = MachineHarness()
        let worker = try cluster.forkOnline()
        cluster.becomeReady(worker)
        #expect(names(cluster, of: worker) == ["fork", "online"])
    }

    @Test func `a worker that is asked to leave before it is ready never listens`() throws {
        let cluster = MachineHarness {
            $0.settings.listen = Self.urls(["tcp://0.0.0.0:8000"])
            $0.settings.ready = .notify
        }
        let worker = try cluster.fork()
        try cluster.disconnect(worker)
        cluster.becomeReady(worker)
        #expect(cluster.machine.workers[worker]?.info.state == .online)
    }

    @Test func `a number of its own means the worker's own socket, whatever it is called`() throws {
        let worker = try cluster.fork()
        cluster.comeOnline(worker)
        for (place, fd) in [3, 4].enumerated() {
            let key = HandleKey(address: nil, port: -1, addressType: .pipe, fd: fd, index: 0)
            let query = cluster.query(worker, key)
            let reply = ServerReply(
                acknowledged: query.sequence, key: key.text, errno: 0, data: nil, name: nil)
            #expect(cluster.workers[worker]?.messages.last == .server(reply))
            #expect(cluster.workers[worker]?.sharedWith.last?.rawValue == place)
            cluster.closeServer(worker, key)
        }
        #expect(cluster.machine.handles.count == 2 && cluster.violations.isEmpty)
    }

    @Test(arguments: [0, 2, 5, -1, Int.max, Int.min])
    func `another number is the primary's, not the worker's`(_ fd: Int) throws {
        let worker = try cluster.fork()
        cluster.comeOnline(worker)
        cluster.query(worker, HandleKey(address: nil, port: -1, addressType: .pipe, fd: fd, index: 0))
        #expect(cluster.machine.handles.count == 3)
    }

    @Test func `a socket that no client can reach is made anew for the next worker`() throws {
        let first = try cluster.fork()
        let lost = try #require(cluster.workers[first]?.inherited.last)
        let opened = cluster.machine.openSockets(cluster.machine.settings.listen, lost: [lost])
        cluster.run()
        #expect(opened.count == 1)
        let second = try cluster.fork()
        #expect(cluster.workers[second]?.inherited.last == opened.first)
        // The first keeps the old one to its end.
        #expect(cluster.handles[lost]?.phase == .open)
        cluster.exit(first)
        #expect(cluster.handles[lost]?.phase == .closed)
        #expect(cluster.machine.handles.count == 2 && cluster.violations.isEmpty)
    }

    // MARK: Sockets

    @Test func `the sockets stay for a replacement`() throws {
        let worker = try cluster.fork()
        cluster.exit(worker, code: nil, signal: 9)
        cluster.endChannel(worker)
        #expect(phases(cluster) == [.open, .open])
        let next = try cluster.fork()
        #expect(cluster.workers[next]?.inherited.map(\.rawValue) == [0, 1])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `if all workers are asked to leave, a socket closes with the last process that has it`() throws {
        let workers = [try cluster.fork(), try cluster.fork()]
        cluster.disconnectAll()
        cluster.exit(workers[0])
        cluster.endChannel(workers[0])
        #expect(phases(cluster) == [.open, .open])
        cluster.exit(workers[1])
        #expect(phases(cluster) == [.closed, .closed])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a fork while the old workers leave gets the same sockets`() throws {
        let old = try cluster.fork()
        cluster.disconnectAll()
        let new = try cluster.fork()
        cluster.exit(old)
        cluster.endChannel(old)
        #expect(cluster.workers[new]?.inherited.map(\.rawValue) == [0, 1])
        #expect(phases(cluster) == [.open, .open])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a socket that the settings no longer name closes with its last worker`() throws {
        let worker = try cluster.fork()
        try listen(cluster, "unix:///run/a.sock", "tcp://0.0.0.0:9000")
        #expect(phases(cluster) == [.open, .open])
        let next = try cluster.fork()
        #expect(cluster.workers[next]?.inherited.map(\.rawValue) == [1, 2])
        cluster.exit(worker)
        #expect(phases(cluster) == [.closed, .open, .open])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a socket that waits for a replacement closes if the settings give it up`() throws {
        let worker = try cluster.fork()
        cluster.exit(worker)
        cluster.endChannel(worker)
        try listen(cluster)
        #expect(phases(cluster) == [.closed, .closed])
    }

    @Test func `if one socket cannot be made, there is no worker and no new socket is left`() throws {
        cluster.openErrno = 98
        let error = #expect(throws: ClusterError.self) { try cluster.fork() }
        #expect(error?.reason == .listenFailed)
        #expect(cluster.machine.handles.isEmpty && cluster.machine.handles.keyCount == 0 && cluster.events.isEmpty)
        cluster.openErrno = 0
        _ = try cluster.fork()
        #expect(cluster.violations.isEmpty)
    }

    @Test func `other workers keep their sockets if a new one cannot be made`() throws {
        let worker = try cluster.fork()
        try listen(cluster, "tcp://0.0.0.0:8000", "unix:///run/a.sock", "tcp://0.0.0.0:9000")
        cluster.openErrno = 98
        #expect(throws: ClusterError.self) { try cluster.fork() }
        #expect(phases(cluster) == [.open, .open, .failed])
        #expect(cluster.machine.status.handles.map(\.workers) == [[worker], [worker]])
    }

    @Test func `a worker that cannot be started leaves its sockets`() throws {
        cluster.spawnSucceeds = false
        _ = try cluster.fork()
        #expect(cluster.machine.status.handles.map(\.workers) == [[], []])
        #expect(cluster.violations.isEmpty)
    }

    @Test func `the same port 0 twice is two sockets`() throws {
        let cluster = MachineHarness { $0.settings.listen = Self.urls(["tcp://0.0.0.0:0", "tcp://0.0.0.0:0#admin"]) }
        let worker = try cluster.fork()
        #expect(cluster.workers[worker]?.inherited.map(\.rawValue) == [0, 1])
    }

    @Test func `a worker that asks for the same address has a socket of its own`() throws {
        let worker = try cluster.fork()
        cluster.comeOnline(worker)
        cluster.query(worker, HandleKey(address: "0.0.0.0", port: 8000, addressType: .tcp4, fd: nil, index: 0))
        #expect(cluster.machine.handles.count == 3)
    }
}
