// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct ForkTests {
    let cluster = MachineHarness()

    @Test func `ids count from the configured first and are not used again`() throws {
        let cluster = MachineHarness { $0.firstWorkerID = WorkerID(rawValue: 41)! }
        let first = try cluster.fork()
        cluster.exit(first)
        cluster.endChannel(first)
        let second = try cluster.fork()
        #expect([first, second].map(\.rawValue) == [41, 42])
    }

    @Test func `a program's own id counts from 1 whatever the first id is`() throws {
        let cluster = MachineHarness { $0.firstWorkerID = WorkerID(rawValue: 41)! }
        let workers = [try cluster.fork(), try cluster.fork()]
        #expect(workers.map { cluster.machine.workers[$0]?.info.nodeId.rawValue } == [1, 2])
    }

    @Test func `numbers that are not reserved go on from the microseconds since 1970`() {
        var numbers = WorkerNumbers(first: WorkerID(rawValue: 41)!, reservedThrough: WorkerID(rawValue: 42)!)
        let taken = (0..<4).map { numbers.take(at: Timestamp(milliseconds: 1_795_000_000_000 + $0)) }
        #expect(taken.map(\.id.rawValue) == [41, 42, 1_795_000_000_002_000, 1_795_000_000_002_001])
        #expect(taken.map(\.nodeID.rawValue) == [1, 2, 3, 4])
        var revisions = ReservedNumbers(through: 7)
        #expect(revisions.checked(7, at: Timestamp(milliseconds: 0)) == 7)
        #expect(revisions.checked(8, at: Timestamp(milliseconds: 1_795_000_000_000)) == 1_795_000_000_000_000)
    }

    @Test func `a run that begins a moment after many forks gives other numbers`() {
        func numbers() -> WorkerNumbers {
            WorkerNumbers(first: .first, reservedThrough: WorkerID(rawValue: 1)!)
        }
        func taken(_ count: Int, at milliseconds: Int64) -> Set<Int> {
            var numbers = numbers()
            return Set((0..<count).map { _ in numbers.take(at: Timestamp(milliseconds: milliseconds)).id.rawValue })
        }
        let now: Int64 = 1_795_000_000_000
        #expect(taken(100, at: now).intersection(taken(100, at: now + 1)) == [1])
    }

    @Test func `ids go on as far as they are reserved`() throws {
        let cluster = MachineHarness {
            $0.reserved = NumberReservation(workerID: .first, revision: 100)
        }
        let first = try cluster.fork()
        cluster.machine.reserve(NumberReservation(workerID: WorkerID(rawValue: 2)!, revision: 1))
        let second = try cluster.fork()
        #expect([first, second].map(\.rawValue) == [1, 2])
    }

    @Test func `a fork emits setup and fork, the latter with pid, connection and request`() throws {
        let worker = try cluster.fork("r1")
        #expect(cluster.events.map(\.kind.name) == ["setup", "fork"])
        #expect(cluster.events.map(\.requestID) == ["r1", "r1"])
        let info = try #require(cluster.events.last?.worker)
        #expect(info.id == worker)
        #expect(info.pid == 1001)
        #expect(info.connected)
        #expect(info.state == .none)
        #expect(info.exec == "worker.js")
    }

    @Test func `online and listening belong to the request that forked`() throws {
        let worker = try cluster.fork("r1")
        cluster.comeOnline(worker)
        let address = ListeningAddress(address: nil, port: 80, addressType: .tcp4)
        cluster.machine.didListen(worker, on: address, at: cluster.now)
        cluster.run()
        #expect(cluster.events.map(\.kind.name) == ["setup", "fork", "online", "listening"])
        #expect(cluster.events.allSatisfy { $0.requestID == "r1" })
        #expect(cluster.events.last?.worker?.listening == [address])
        #expect(cluster.events.map { $0.worker?.state } == [nil, .some(.none), .online, .listening])
    }

    @Test func `a worker that listens twice on one address is listed with it once`() throws {
        let worker = try cluster.forkOnline()
        let address = ListeningAddress(address: nil, port: 80, addressType: .tcp4)
        for _ in 0..<2 { cluster.machine.didListen(worker, on: address, at: cluster.now) }
        cluster.run()
        #expect(cluster.machine.workers[worker]?.info.listening == [address])
        #expect(cluster.events.count { $0.kind.name == "listening" } == 2)
        #expect(
            cluster.machine.workers[worker]?.info.listeningAt
                == cluster.events.first { $0.kind.name == "listening" }?.time)
    }

    @Test func `a second online is ignored`() throws {
        let worker = try cluster.forkOnline()
        cluster.comeOnline(worker)
        #expect(cluster.events.count { $0.kind.name == "online" } == 1)
    }

    @Test func `nothing can be forked without exec`() {
        let cluster = MachineHarness { $0.settings.exec = nil }
        let error = #expect(throws: ClusterError.self) { try cluster.fork() }
        #expect(error?.reason == .execNotSet)
        #expect(cluster.events.isEmpty)
    }

    @Test(arguments: [(1, true), (2, true), (3, false), (Int.max, false)])
    func `several forks are refused as a whole if they would pass the limit`(_ count: Int, _ fits: Bool) {
        let cluster = MachineHarness { $0.maxWorkers = 3 }
        _ = try? cluster.fork()
        var refused: ClusterError?
        do { try cluster.machine.checkFork(count: count) } catch { refused = error }
        #expect((refused == nil) == fits)
        if let refused {
            #expect(refused.reason == .tooManyWorkers)
            #expect(refused.status == .resourceExhausted)
            #expect(refused.metadata["maxWorkers"] == "3")
        }
    }

    @Test func `a worker counts against the limit until it is gone altogether`() throws {
        let cluster = MachineHarness { $0.maxWorkers = 1 }
        let worker = try cluster.fork()
        cluster.exit(worker)
        #expect(throws: ClusterError.self) { try cluster.fork() }
        cluster.endChannel(worker)
        _ = try cluster.fork()
    }

    @Test func `a worker that cannot be started gets its fork and its exit and is gone`() throws {
        cluster.spawnSucceeds = false
        let worker = try cluster.fork("r1")
        #expect(cluster.events.map(\.kind.name) == ["setup", "fork", "exit"])
        #expect(cluster.events.allSatisfy { $0.requestID == "r1" })
        let exit = try #require(cluster.events.last)
        #expect(exit.worker?.pid == nil)
        #expect(exit.worker?.dead == true)
        #expect(exit.worker?.exitedAfterDisconnect == false)
        guard case .exit(let report) = exit.kind else { Issue.record("no exit"); return }
        #expect(report.reason == .spawnFailed)
        #expect(cluster.machine.workers[worker] == nil)
        #expect(try cluster.fork() == worker.next)
    }

    @Test func `a worker is started with the settings of its moment`() throws {
        let first = try cluster.fork()
        var patch = SettingsPatch()
        patch.args = .set(["-v"])
        _ = try cluster.machine.setupPrimary(patch, requestID: nil, at: cluster.now)
        let second = try cluster.fork()
        #expect(cluster.workers[first]?.settings.args == [])
        #expect(cluster.workers[second]?.settings.args == ["-v"])
        #expect(cluster.machine.workers[first]?.info.settingsRevision == 1)
        #expect(cluster.machine.workers[second]?.info.settingsRevision == 2)
    }

    @Test func `the fork's environment reaches the spawn`() throws {
        let id = try cluster.fork(environment: ["A": "b"])
        #expect(cluster.workers[id]?.environment == ["A": "b"])
    }

    @Test func `V8 profiles get a file for each process in the first fork too`() throws {
        let cluster = MachineHarness { $0.settings.execArgv = ["--prof"] }
        let worker = try cluster.fork()
        #expect(cluster.workers[worker]?.settings.execArgv == ["--prof", "--logfile=v8-%p.log"])
    }

    // MARK: Several at once

    @Test func `workers of one order are alike, whatever is changed meanwhile`() throws {
        let order = try cluster.orderFork(2)
        let first = try #require(cluster.forkNext(order))
        var patch = SettingsPatch()
        patch.args = .set(["-v"])
        _ = try cluster.machine.setupPrimary(patch, requestID: nil, at: cluster.now)
        let second = try #require(cluster.forkNext(order))
        for worker in [first, second] {
            #expect(cluster.workers[worker]?.settings.args == [])
            #expect(cluster.machine.workers[worker]?.info.settingsRevision == 1)
        }
    }

    @Test func `workers that are ordered count against the limit`() throws {
        let cluster = MachineHarness { $0.maxWorkers = 3 }
        let order = try cluster.orderFork(2)
        #expect(throws: ClusterError.self) { try cluster.orderFork(2) }
        _ = try cluster.fork()
        #expect(cluster.forkNext(order) != nil)
        #expect(cluster.forkNext(order) != nil)
        #expect(throws: ClusterError.self) { try cluster.fork() }
    }

    @Test func `if all workers are asked to leave, no more are made`() throws {
        let order = try cluster.orderFork(3)
        let first = try #require(cluster.forkNext(order))
        cluster.disconnectAll()
        #expect(cluster.workers[first]?.messages == [.disconnect])
        #expect(cluster.forkNext(order) == nil)
        #expect(cluster.workers.count == 1)
    }

    @Test func `a later fork is another order`() throws {
        let order = try cluster.orderFork(3)
        cluster.disconnectAll()
        let later = try cluster.fork()
        #expect(cluster.forkNext(order) == nil)
        #expect(Set(cluster.workers.keys) == [later])
    }

    @Test func `a command to one worker of an order does not touch the others`() throws {
        let order = try cluster.orderFork(2)
        let first = try #require(cluster.forkNext(order))
        _ = try cluster.machine.kill(first, signal: .kill, requestID: nil)
        cluster.run()
        cluster.exit(first, code: nil, signal: 9)
        cluster.endChannel(first)
        let second = try #require(cluster.forkNext(order))
        #expect(cluster.machine.workers.ids == [second])
    }

    @Test func `sockets wait for the workers of an order`() throws {
        let url = try #require(ListenURL("tcp://0.0.0.0:80"))
        let cluster = MachineHarness { $0.settings.listen = [url] }
        let order = try cluster.orderFork(2)
        let socket = try #require(cluster.machine.handles.map(\.key).first)
        let first = try #require(cluster.forkNext(order))
        var patch = SettingsPatch()
        patch.listen = .set([])
        _ = try cluster.machine.setupPrimary(patch, requestID: nil, at: cluster.now)
        cluster.exit(first)
        cluster.endChannel(first)
        let second = try #require(cluster.forkNext(order))
        #expect(cluster.workers[second]?.inherited == [socket])
        cluster.exit(second)
        cluster.endChannel(second)
        #expect(cluster.machine.handles.isEmpty)
        #expect(cluster.violations == [])
    }

    @Test func `an order that cannot be carried out lets its sockets go`() throws {
        let url = try #require(ListenURL("tcp://0.0.0.0:80"))
        let cluster = MachineHarness { $0.settings.listen = [url] }
        let order = try cluster.orderFork(2)
        var patch = SettingsPatch()
        patch.listen = .set([])
        _ = try cluster.machine.setupPrimary(patch, requestID: nil, at: cluster.now)
        cluster.machine.withdrawFork(order)
        cluster.run()
        #expect(cluster.machine.handles.isEmpty)
        #expect(cluster.forkNext(order) == nil)
    }
}
