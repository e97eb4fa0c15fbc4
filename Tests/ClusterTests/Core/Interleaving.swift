// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Shared

@testable import Cluster

/// One random life of a primary: commands, workers and clients in any order that the driver can produce.
struct Interleaving {
    private static let keys: [HandleKey] = [.port(8000), .port(8001), .datagram(53), .path("/run/s")]

    /// What workers are started with, in some of the lives.
    private static let sockets = ["tcp://0.0.0.0:80", "unix:///run/a.sock"].compactMap(ListenURL.init)

    private var generator: SeededGenerator
    private let hasSockets: Bool
    private let harness: MachineHarness
    /// What was done, for the report of a failure.
    private(set) var steps: [String] = []
    /// Forks of several that are not done.
    private var orders: [ForkOrder.ID] = []

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        let policy: SchedulingPolicy = seed % 8 == 0 ? .none : seed % 3 == 0 ? .reuseport : .roundRobin
        harness = MachineHarness {
            $0.maxWorkers = 6
            $0.maxPendingConnections = 12
            $0.settings.schedulingPolicy = policy
            if seed % 7 == 0 { $0.steering.stickiness = seed % 2 == 0 ? .address : .header }
            if seed % 3 == 1 { $0.settings.listen = Self.sockets }
            if seed % 2 == 0 { $0.settings.ready = .notify }
        }
        hasSockets = seed % 3 == 1
        harness.holdsEmptying = seed % 2 == 1
        harness.openErrno = seed % 11 == 1 ? 98 : 0
        harness.bindErrno = seed % 4 == 0 ? nil : 0
        harness.slotErrno = seed % 5 == 0 ? 98 : 0
        // No program at all, or none for sticky clients.
        if seed % 13 == 0 { harness.longestProgram = seed % 2 == 0 ? 0 : 16 }
    }

    /// - Returns: what went wrong, with the steps that led there; nil if nothing did.
    mutating func run(steps count: Int) -> String? {
        for _ in 0..<count {
            step()
            harness.checkInvariants()
            if let failure { return failure }
        }
        end()
        harness.checkInvariants()
        harness.checkEvents()
        checkNothingIsLeft()
        return failure
    }

    private var failure: String? {
        harness.violations.isEmpty ? nil : "\(harness.violations) after\n\(steps.joined(separator: "\n"))"
    }

    // MARK: Steps

    private mutating func step() {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<3: perform("fork") { _ = try? $0.fork() }
        case 3..<4: Bool.random(using: &generator) ? forkSeveral() : forkInstance()
        case 4..<8: performOnWorker("online") { $0.comeOnline($1) }
        case 8..<9: performOnWorker("ready") { $0.becomeReady($1) }
        case 9..<16: query()
        case 16..<18: performOnListening()
        case 18..<20: performOnAttention()
        case 20..<46: accept()
        case 46..<65: performOnWorker("accepts") { $0.answer($1, accepted: true) }
        case 65..<66: performOnFinishing()
        case 66..<75: performOnWorker("declines") { $0.answer($1, accepted: false) }
        case 75..<77: performOnWorker("refuses") { $0.refuse($1) }
        case 77..<82: perform("rest") { $0.rest() }
        case 82..<83:
            perform("linger") { $0.linger() }
            if Bool.random(using: &generator) { perform("emptied") { $0.endEmptying() } }
        case 83..<86: perform("bind") { $0.bind(errno: 0) }
        case 86..<87: perform("bind fails") { $0.bind(errno: 98) }
        case 87..<91: closeServer()
        case 91..<93:
            let limit =
                Bool.random(using: &generator) ? Duration.milliseconds(Int.random(in: 0...9, using: &generator)) : nil
            performOnWorker("disconnect within \(limit, default: "any time")") { try? $0.disconnect($1, within: limit) }
        case 93..<94: performOnWorker("abrupt disconnect") { try? $0.disconnect($1, abrupt: true) }
        case 94..<95:
            performOnWorker("announces disconnect") { harness, id in
                harness.machine.didAnnounceDisconnect(id, sequence: 1)
                harness.run()
            }
        case 95..<97:
            performOnAnyWorker("channel ends") { if $0.workers[$1]?.isConnected == true { $0.endChannel($1) } }
        case 97..<99:
            let survivors: [Int32] = Bool.random(using: &generator) ? [7, 8] : []
            performOnAnyWorker("exit, \(survivors) survive") {
                if $0.workers[$1]?.isRunning == true { $0.exit($1, survivors: survivors) }
            }
        default:
            // Rare, or nothing else would ever get far.
            if Bool.random(using: &generator) { perform("disconnect all") { $0.disconnectAll() } }
            if hasSockets { changeSockets() }
            let time = Duration.milliseconds(Int.random(in: 1...100, using: &generator))
            perform("\(time) pass") { $0.advance(by: time) }
        }
    }

    /// Begins a fork of several, or goes on with one.
    private mutating func forkSeveral() {
        guard let order = orders.randomElement(using: &generator) else {
            steps.append("order")
            if let order = try? harness.orderFork(3) { orders.append(order) }
            return
        }
        steps.append("next of \(order)")
        if harness.forkNext(order) == nil { orders.removeAll { $0 == order } }
    }

    private mutating func forkInstance() {
        let instance = Int.random(in: 0..<4, using: &generator)
        perform("fork for instance \(instance)") { _ = try? $0.forkOnline(instance: instance) }
    }

    private mutating func perform(_ name: String, _ body: (MachineHarness) -> Void) {
        steps.append(name)
        body(harness)
    }

    /// With a worker whose process runs and whose channel is open: only such a one can say something.
    private mutating func performOnWorker(_ name: String, _ body: (MachineHarness, WorkerID) -> Void) {
        let talking = harness.workers.filter { $0.value.isConnected && $0.value.isRunning }
        guard let id = talking.keys.sorted().randomElement(using: &generator) else { return }
        perform("\(name) \(id)") { body($0, id) }
    }

    private mutating func performOnAnyWorker(_ name: String, _ body: (MachineHarness, WorkerID) -> Void) {
        let living = harness.workers.filter { $0.value.isConnected || $0.value.isRunning }
        guard let id = living.keys.sorted().randomElement(using: &generator) else { return }
        perform("\(name) \(id)") { body($0, id) }
    }

    /// With a worker that the primary sends nothing more to.
    private mutating func performOnFinishing() {
        let finishing = harness.workers.filter { !$0.value.isConnected && $0.value.isRunning }
        guard let id = finishing.keys.sorted().randomElement(using: &generator) else { return }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: perform("late accepts \(id)") { $0.answer(id, accepted: true) }
        case 1: perform("late declines \(id)") { $0.answer(id, accepted: false) }
        default: perform("finishes \(id)") { $0.finishChannel(id) }
        }
    }

    private mutating func query() {
        let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &generator)]
        let isLost = key.addressType == .pipe && Bool.random(using: &generator)
        performOnWorker("query \(key.text)\(isLost ? ", lost" : "")") { harness, id in
            // A worker asks once for each server.
            let isServing = harness.machine.handles.id(of: key).map {
                harness.workers[id]?.serving.contains($0) == true
            }
            if isServing != true { harness.query(id, key, isLost: isLost) }
        }
    }

    private mutating func performOnListening() {
        performOnWorker("listening") { harness, id in
            guard harness.machine.workers[id]?.info.onlineAt != nil else { return }
            harness.listen(id)
        }
    }

    /// Somebody pauses or resumes a worker, or one hangs.
    private mutating func performOnAttention() {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: performOnWorker("pause") { try? $0.pause($1) }
        case 5: performOnWorker("ask") { $0.machine.didAsk($1) }
        case 1: performOnWorker("resume") { try? $0.resume($1) }
        case 2: performOnWorker("found stopped") { $0.findStopped($1) }
        case 3: performOnWorker("answers the probe of") { $0.answerProbe($1) }
        default:
            let living = harness.workers.filter { $0.value.isRunning }.keys.sorted()
            let stopped = Set(living.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 })
            let waiting = harness.handles.filter { $0.value.use == .slots }.mapValues { handle in
                Set(handle.slots.keys.filter { _ in Bool.random(using: &generator) })
            }
            let times = Int.random(in: 1...6, using: &generator)
            perform("\(times) looks, \(stopped) stopped") { $0.look(times, stopped: stopped, backlogs: waiting) }
        }
    }

    private mutating func changeSockets() {
        let count = Int.random(in: 0...Self.sockets.count, using: &generator)
        perform("\(count) sockets") { harness in
            var patch = SettingsPatch()
            patch.listen = .set(Array(Self.sockets.suffix(count)))
            _ = try? harness.machine.setupPrimary(patch, requestID: nil, at: harness.now)
            harness.run()
        }
    }

    private mutating func accept() {
        let accepting = harness.handles.filter { $0.value.isAccepting && $0.value.phase == .open && !$0.value.isPaused }
        let ids = accepting.keys.sorted { $0.rawValue < $1.rawValue }
        guard let handle = ids.randomElement(using: &generator) else { return }
        let bucket = Int.random(in: 0..<StickyTable.buckets, using: &generator)
        let readsHeads =
            harness.machine.steering.stickiness == .header && harness.machine.handles[handle]?.keepsClients == true
        guard readsHeads else {
            return perform("accept on \(handle) of \(bucket)") { $0.accept(on: handle, bucket: bucket) }
        }
        let unread = harness.connections.filter { $0.value.place == .unread }.keys
        let connection = unread.sorted { $0.rawValue < $1.rawValue }.randomElement(using: &generator)
        if let connection, Bool.random(using: &generator) {
            perform("\(connection) is of \(bucket)") { $0.read(connection, bucket: bucket) }
        } else if !harness.machine.mayAwaitClient(on: handle) {
            perform("accept on \(handle) of \(bucket)") { $0.accept(on: handle, bucket: bucket) }
        } else {
            perform("accept on \(handle)") { $0.acceptUnread(on: handle) }
        }
    }

    private mutating func closeServer() {
        let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &generator)]
        performOnWorker("close \(key.text)") { $0.closeServer($1, key) }
    }

    // MARK: The end

    private mutating func end() {
        let isStop = Bool.random(using: &generator)
        perform(isStop ? "stop" : "disconnect all") {
            if isStop { $0.stop(within: .seconds(1)) } else { $0.disconnectAll() }
        }
        serveAll()
        while !harness.pendingBinds.isEmpty { perform("bind") { $0.bind(errno: 0) } }
        for id in harness.workers.keys.sorted() {
            if Bool.random(using: &generator) {
                if harness.workers[id]?.isConnected == true { harness.endChannel(id) }
                if harness.workers[id]?.isRunning == true { harness.exit(id) }
            } else {
                if harness.workers[id]?.isRunning == true { harness.exit(id, code: nil, signal: 9) }
            }
            // That of a program that means nothing by it ends with the process.
            if harness.workers[id]?.isConnected == true { harness.endChannel(id) }
        }
        perform("a minute passes") { $0.advance(by: .seconds(60)) }
        harness.require(harness.stops == (isStop ? [[]] : []), "the end was told \(harness.stops.count) times")
    }

    /// Workers that answer get all that waits before they are told to leave.
    private mutating func serveAll() {
        for id in harness.emptied {
            while harness.holdsConnections(id), let worker = harness.nextToAnswer(id) {
                perform("accepts \(worker)") { $0.answer(worker, accepted: true) }
            }
            let isResting = harness.machine.handles[id]?.queue?.members.contains { $0.obstacles == .resting } == true
            harness.require(isResting || !harness.holdsConnections(id), "\(id) keeps connections at its end")
        }
        while harness.endEmptying() {}
    }

    private func checkNothingIsLeft() {
        harness.require(harness.machine.workers.isEmpty, "workers are left")
        harness.require(harness.machine.forkOrders.isEmpty, "orders are left")
        harness.require(harness.machine.handles.isEmpty, "sockets are left")
        harness.require(harness.machine.handovers.isEmpty, "handovers are left")
        harness.require(
            !harness.machine.workers.hasRemains && harness.machine.nextWake == nil, "something is still to be done")
        harness.require(harness.connections.values.allSatisfy { $0.place == .closed }, "connections are left open")
        harness.require(
            harness.handles.values.allSatisfy { $0.phase == .closed || $0.phase == .failed }, "a socket is left open")
    }
}
