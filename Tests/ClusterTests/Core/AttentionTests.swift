// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Who gets no new connections for now.
@Suite struct AttentionTests {
    // MARK: Pause

    @Test func `a paused worker gets no connection, and keeps those that it has`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        #expect(cluster.placeOfNext() == .inFlight(workers[0]))
        try cluster.pause(workers[0])
        #expect(cluster.machine.workers[workers[0]]?.info.paused == true)
        for _ in 0..<3 { #expect(cluster.placeOfNext() == .inFlight(workers[1])) }
        cluster.answer(workers[0], accepted: true)
        try cluster.resume(workers[0])
        #expect(cluster.placeOfNext() == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `connections wait while all workers are paused`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        for worker in workers { try cluster.pause(worker) }
        let connection = cluster.accept()
        #expect(cluster.connections[connection]?.place == .waiting)
        try cluster.resume(workers[1])
        #expect(cluster.connections[connection]?.place == .inFlight(workers[1]))
    }

    @Test func `the kernel leaves out the socket of a paused worker`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 3)
        #expect(try cluster.onlyHandle().model.program?.results == [0, 1, 2])
        try cluster.pause(workers[1])
        #expect(try cluster.onlyHandle().model.program?.results == [0, 2])
        // It takes what waits there itself.
        #expect(try !cluster.onlyHandle().model.isAccepting)
        try cluster.resume(workers[1])
        #expect(try cluster.onlyHandle().model.program?.results == [0, 1, 2] && cluster.violations.isEmpty)
    }

    @Test func `the primary keeps connections in a socket of its own while all workers with sockets are paused`() throws
    {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 2)
        for worker in workers { try cluster.pause(worker) }
        let (id, model) = try cluster.onlyHandle()
        #expect(model.program?.results == [2] && model.isAccepting)
        let connection = cluster.accept(on: id)
        #expect(cluster.connections[connection]?.place == .waiting)
        try cluster.resume(workers[0])
        #expect(cluster.connections[connection]?.place == .inFlight(workers[0]))
        #expect(try cluster.onlyHandle().model.program?.results == [0] && cluster.violations.isEmpty)
    }

    @Test func `a worker that accepts by itself cannot be paused`() throws {
        let (cluster, workers) = try MachineHarness.serving(.none, workers: 1)
        let error = #expect(throws: ClusterError.self) { try cluster.pause(workers[0]) }
        #expect(error?.reason == .policyCannotPause)
        let stranger = try #require(WorkerID(rawValue: 99))
        #expect(throws: ClusterError.self) { try cluster.pause(stranger) }
    }

    @Test func `without the kernel's help a worker with a socket of its own cannot be paused`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 1)
        cluster.machine.didSteer(try cluster.onlyHandle().id, succeeded: false)
        let error = #expect(throws: ClusterError.self) { try cluster.pause(workers[0]) }
        #expect(error?.reason == .policyCannotPause)
        #expect(cluster.machine.status.handles.map(\.steered) == [false])
    }

    @Test func `a program that the kernel refuses is not told again, and the next one is tried`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 3)
        cluster.longestProgram = 0
        try cluster.pause(workers[1])
        #expect(cluster.machine.status.handles.map(\.steered) == [false])
        #expect(
            try cluster.onlyHandle().model.program == nil
                && cluster.machine.changedProgram(of: cluster.onlyHandle().id) == nil)
        cluster.longestProgram = .max
        try cluster.resume(workers[1])
        #expect(cluster.machine.status.handles.map(\.steered) == [true])
        #expect(try cluster.onlyHandle().model.program?.results == [0, 1, 2] && cluster.violations.isEmpty)
    }

    @Test func `a kernel that takes no program for sticky clients still takes the short one`() throws {
        let cluster = MachineHarness {
            $0.steering.stickiness = .address
            $0.settings.schedulingPolicy = .reuseport
        }
        cluster.longestProgram = 10
        func add(_ instance: Int) throws -> WorkerID {
            let worker = try cluster.forkOnline(instance: instance)
            cluster.query(worker)
            cluster.listen(worker)
            return worker
        }
        let workers = try (0..<3).map(add)
        #expect(cluster.machine.status.handles.map(\.steered) == [true])
        #expect(try cluster.onlyHandle().model.program == .even(over: [0, 1, 2]))
        try cluster.pause(workers[1])
        #expect(try cluster.onlyHandle().model.program == .even(over: [0, 2]))
        try cluster.resume(workers[1])
        // Somebody raises the limit, and reloads.
        cluster.longestProgram = .max
        _ = try add(0)
        #expect(try cluster.onlyHandle().model.program == .sticky(StickyTable([0, 1, 2]).owners))
        #expect(cluster.violations.isEmpty)
    }

    @Test func `a new worker is a reason to try a program again`() throws {
        let (cluster, _) = try MachineHarness.serving(.reuseport, workers: 2)
        cluster.machine.didSteer(try cluster.onlyHandle().id, succeeded: false)
        #expect(cluster.machine.status.handles.map(\.steered) == [false])
        let next = try cluster.forkOnline(instance: 0)
        cluster.query(next)
        cluster.listen(next)
        #expect(cluster.machine.status.handles.map(\.steered) == [true])
    }

    @Test func `the replacement of a paused worker gets a socket of its own`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 2)
        try cluster.pause(workers[1])
        let next = try cluster.forkOnline(instance: 1)
        cluster.query(next)
        cluster.listen(next)
        let model = try cluster.onlyHandle().model
        #expect(model.slots[SlotID(rawValue: 1)] == .held(workers[1]))
        #expect(model.slots[SlotID(rawValue: 2)] == .held(next))
        #expect(model.program?.results == [0, 2] && cluster.violations.isEmpty)
    }

    @Test func `a worker that does not listen yet takes no connections from those that wait for a paused one`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 1)
        let next = try cluster.forkOnline(instance: 1)
        cluster.query(next)
        try cluster.pause(workers[0])
        #expect(try cluster.onlyHandle().model.program?.results == [2] && cluster.onlyHandle().model.isAccepting)
        cluster.listen(next)
        #expect(try cluster.onlyHandle().model.program?.results == [1] && cluster.violations.isEmpty)
    }

    @Test func `what waits in the socket of a paused worker that hangs goes to the others`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 2)
        try cluster.pause(workers[0])
        cluster.look(1, stopped: [workers[0]])
        #expect(try cluster.onlyHandle().model.slots[SlotID(rawValue: 0)] == .rescued([workers[0]]))
        #expect(cluster.violations.isEmpty)
    }

    @Test func `what waits in the socket of a worker that hangs before it listens goes to the others`() throws {
        let (cluster, _) = try MachineHarness.serving(.reuseport, workers: 1)
        let next = try cluster.forkOnline(instance: 1)
        cluster.query(next)
        let backlogs: [HandleID: Set<SlotID>] = [try cluster.onlyHandle().id: [SlotID(rawValue: 1)]]
        cluster.look(2, backlogs: backlogs)
        #expect(cluster.probes == [next])
        cluster.look(5, backlogs: backlogs)
        #expect(try cluster.onlyHandle().model.slots[SlotID(rawValue: 1)] == .rescued([next]))
        #expect(cluster.violations.isEmpty)
    }

    // MARK: Workers that hang

    @Test func `a worker that does not answer is skipped until it answers`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        _ = cluster.placeOfNext()
        #expect(cluster.placeOfNext() == .inFlight(workers[1]))
        cluster.answer(workers[1], accepted: true)
        cluster.look(4)
        #expect(cluster.machine.workers[workers[0]]?.obstacles == [])
        cluster.look(1)
        #expect(cluster.machine.workers[workers[0]]?.obstacles == .unanswering)
        for _ in 0..<5 { #expect(cluster.placeOfNext() == .inFlight(workers[1])) }
        cluster.answer(workers[0], accepted: true)
        #expect(cluster.machine.workers[workers[0]]?.obstacles == [])
        #expect(cluster.placeOfNext() == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `a connection for a stopped process goes to another, until the process goes on`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        let connection = cluster.accept()
        #expect(cluster.connections[connection]?.place == .inFlight(workers[0]))
        cluster.findStopped(workers[0])
        #expect(cluster.connections[connection]?.place == .inFlight(workers[1]))
        #expect(cluster.machine.needsWatch && cluster.machine.watched == [workers[0]])
        cluster.look(3, stopped: [workers[0]])
        #expect(cluster.placeOfNext() == .inFlight(workers[1]))
        cluster.look()
        #expect(cluster.placeOfNext() == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `what waits in the socket of a stopped worker goes to the others`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 2)
        cluster.look(1, stopped: [workers[0]])
        let (id, model) = try cluster.onlyHandle()
        #expect(model.program?.results == [1] && model.slots[SlotID(rawValue: 0)] == .rescued([workers[0]]))
        #expect(cluster.connections[cluster.accept(on: id)]?.place == .inFlight(workers[1]))
        cluster.look()
        #expect(try cluster.onlyHandle().model.program?.results == [0, 1])
        #expect(try !cluster.onlyHandle().model.isAccepting && cluster.violations.isEmpty)
    }

    @Test func `a worker that leaves connections in its socket is asked, and skipped if it does not answer`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 2)
        let id = try cluster.onlyHandle().id
        let backlogs: [HandleID: Set<SlotID>] = [id: [SlotID(rawValue: 1)]]
        cluster.look(1, backlogs: backlogs)
        #expect(cluster.probes.isEmpty)
        cluster.look(1, backlogs: backlogs)
        #expect(cluster.probes == [workers[1]])
        cluster.look(5, backlogs: backlogs)
        #expect(try cluster.onlyHandle().model.program?.results == [0])
        cluster.answerProbe(workers[1])
        #expect(try cluster.onlyHandle().model.program?.results == [0, 1] && cluster.violations.isEmpty)
    }

    @Test func `a process that goes on gets nothing before it has answered what it owes`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        #expect(cluster.placeOfNext() == .inFlight(workers[0]))
        try cluster.pause(workers[1])
        let waiting = cluster.accept()
        cluster.findStopped(workers[0])
        cluster.look(4, stopped: [workers[0]])
        cluster.look()
        #expect(cluster.connections[waiting]?.place == .waiting && cluster.violations.isEmpty)
        cluster.answer(workers[0], accepted: true)
        #expect(cluster.connections[waiting]?.place == .inFlight(workers[0]))
    }

    @Test func `a worker that leaves a heartbeat of its supervision unanswered is skipped until it answers`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        #expect(!cluster.machine.needsWatch)
        cluster.machine.didAsk(workers[0])
        #expect(cluster.machine.needsWatch)
        cluster.look(4)
        // A second question does not begin the time anew.
        cluster.machine.didAsk(workers[0])
        #expect(cluster.machine.workers[workers[0]]?.obstacles == [])
        cluster.look(1)
        for _ in 0..<3 { #expect(cluster.placeOfNext() == .inFlight(workers[1])) }
        cluster.answerProbe(workers[0])
        #expect(cluster.placeOfNext() == .inFlight(workers[0]) && cluster.violations.isEmpty)
    }

    @Test func `nothing is watched of a worker that has closed its channel without an answer`() throws {
        let (cluster, workers) = try MachineHarness.serving(.roundRobin, workers: 2)
        cluster.machine.didAsk(workers[0])
        cluster.look(5)
        cluster.endChannel(workers[0])
        #expect(!cluster.machine.needsWatch && cluster.machine.watched.isEmpty && cluster.violations.isEmpty)
    }

    @Test func `a busy worker that answers is not skipped`() throws {
        let (cluster, workers) = try MachineHarness.serving(.reuseport, workers: 1)
        let backlogs: [HandleID: Set<SlotID>] = [try cluster.onlyHandle().id: [SlotID(rawValue: 0)]]
        for _ in 0..<20 {
            cluster.look(1, backlogs: backlogs)
            for worker in cluster.probes { cluster.answerProbe(worker) }
        }
        #expect(cluster.machine.workers[workers[0]]?.obstacles == [] && cluster.violations.isEmpty)
    }
}
