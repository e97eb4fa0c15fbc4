// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared
import TestSupport

@testable import Supervision

/// One random life of a supervisor: commands, workers and clocks in any order that a primary can produce.
struct Life {
    private var generator: SeededGenerator
    private let harness: SupervisorHarness
    private var watch: LifeWatch
    private var nextRevision = 2
    private var hasStopped = false
    /// What was done, for the report of a failure.
    private(set) var steps: [String] = []

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let restart: RestartPolicy = seed % 7 == 0 ? .never : seed % 3 == 0 ? .onFailure : .always
        let hasAge = seed % 4 == 0
        harness = SupervisorHarness(seed: seed, readiness: seed % 5 == 0 ? .online : .automatic, maxInstances: 8) {
            $0.restart = restart
            $0.heartbeatMs = seed % 2 == 0 ? 0 : 5000
            $0.unresponsive = seed % 4 == 1 ? .restart : .report
            $0.intensity = seed % 5 == 1 ? 2 : 0
            $0.whenGivenUp = seed % 2 == 0 ? .exit : .stay
            $0.maxMemoryBytes = 100
            $0.maxAgeMs = hasAge ? 60_000 : nil
            $0.minReadyMs = [0, 200, 1000].randomElement(using: &generator) ?? 0
            $0.readyTimeoutMs = [0, 5000, 30_000].randomElement(using: &generator) ?? 0
            $0.drainTimeoutMs = seed % 3 == 1 ? 0 : 30_000
            $0.killTimeoutMs = seed % 6 == 1 ? 0 : 5000
        }
        self.generator = generator
        harness.keepsLog = true
        watch = LifeWatch(harness)
        let workers = Int.random(in: 0...5, using: &self.generator)
        perform("start \(workers)") { harness in harness.perform { try? $0.start(workers: workers, at: $1) } }
    }

    /// - Returns: what went wrong, with the steps that led there; nil if nothing did.
    mutating func run(steps count: Int) -> String? {
        for _ in 0..<count where !hasStopped {
            step()
            if let failure { return failure }
        }
        checkCoding()
        if hasStopped { checkStopped() } else { heal() }
        watch.checkOperationsHaveEnded()
        return failure
    }

    private var failure: String? {
        harness.violations.isEmpty ? nil : "\(harness.violations) after\n\(steps.joined(separator: "\n"))"
    }

    // MARK: Steps

    private mutating func step() {
        switch Int.random(in: 0..<200, using: &generator) {
        case 0..<36: fork()
        case 36..<39: perform("fork fails") { $0.failFork() }
        case 39..<75: performOnWorker("listens") { $0.sign($1, .online, .listening) }
        case 75..<80: performOnWorker("is online") { $0.sign($1, .online) }
        case 80..<85: performOnWorker("speaks") { harness, id in harness.perform { $0.didSpeak(id, at: $1) } }
        case 85..<95: performOnWorker("answers") { $0.answer($1) }
        case 95..<98: performOnWorker("is paused") { $0.pause($1) }
        case 98..<101: performOnWorker("goes on") { harness, id in harness.perform { $0.didResume(id, at: $1) } }
        case 101..<105:
            performOnWorker("is not ready") { harness, id in harness.loseReadiness(id) }
        case 105..<109: performOnWorker("disconnects") { harness, id in harness.disconnect(id) }
        case 109..<113: performOnWorker("crashes") { $0.exit($1, code: 1, stderr: "Error") }
        case 113..<115: performOnWorker("ends") { $0.exit($1, code: 0) }
        case 115..<118: performOnWorker("is killed") { $0.exit($1, signal: .kill, because: .command) }
        case 118..<136: performOnLeaving()
        case 136..<141:
            performOnWorker("is large") { harness, id in
                for _ in 0..<3 { harness.perform { $0.didMeasure(id, residentBytes: 101, at: $1) } }
            }
        case 141..<144: disconnect()
        case 144..<145:
            perform("disconnect all") { harness in harness.perform { $0.disconnectAll(origin: nil, at: $1) } }
        case 145..<149: scale()
        case 149..<154: reload()
        case 154..<156: restart()
        case 156..<158: cancel()
        case 158..<160: setClock()
        case 160..<161: if Int.random(in: 0..<4, using: &generator) == 0 { stop() }
        case 161..<165: passLate()
        default: pass()
        }
    }

    private mutating func perform(_ name: String, _ body: (SupervisorHarness) -> Void) {
        steps.append(name)
        body(harness)
        watch.look()
    }

    /// With a worker that lives, whether it was told to go or not.
    private mutating func performOnWorker(_ name: String, _ body: (SupervisorHarness, WorkerID) -> Void) {
        guard let id = harness.staying.randomElement(using: &generator) else { return }
        perform("\(id) \(name)") { body($0, id) }
    }

    private mutating func performOnLeaving() {
        guard let id = harness.leaving.randomElement(using: &generator) else { return }
        perform("\(id) has left") { $0.exit(id, code: 0) }
    }

    /// For any of the tickets: the primary may be busy with one that was withdrawn.
    private mutating func fork() {
        guard let ticket = harness.tickets.randomElement(using: &generator) else { return }
        perform("fork for \(ticket.instance)") { $0.fork(ticket) }
    }

    private mutating func disconnect() {
        performOnWorker("is disconnected") { harness, id in
            _ = harness.perform { $0.disconnect(id, origin: nil, at: $1) }
        }
    }

    private mutating func conflict() -> OperationRequest.Conflict {
        Bool.random(using: &generator) ? .refuse : .cancelOther
    }

    private mutating func scale() {
        let count = Int.random(in: 0...6, using: &generator)
        let conflict = conflict()
        perform("scale \(count) \(conflict)") { _ = try? $0.scale(count, conflict) }
    }

    private mutating func reload() {
        let revision = RevisionID(rawValue: nextRevision)
        nextRevision += 1
        let conflict = conflict()
        let surge: RolloutShare =
            [.count(0), .count(1), .count(1), .count(2), .percent(50)].randomElement(using: &generator)
            ?? .count(1)
        let unavailable: RolloutShare =
            [.count(0), .count(0), .count(1), .percent(50)].randomElement(using: &generator)
            ?? .count(0)
        let timeout = [nil, 2000].randomElement(using: &generator) ?? nil
        perform("reload \(revision.rawValue) \(conflict), \(surge) more, \(unavailable) fewer") { harness in
            _ = try? harness.reload(revision, conflict) {
                $0.maxSurge = surge
                $0.maxUnavailable = unavailable
                $0.readyTimeoutMs = timeout
            }
        }
    }

    private mutating func restart() {
        let numbers = Set(harness.infos.map(\.instance).filter { _ in Bool.random(using: &generator) })
        let conflict = conflict()
        perform("restart \(numbers.sorted()) \(conflict)") { _ = try? $0.restart(numbers, conflict) }
    }

    private mutating func cancel() {
        guard let id = harness.machine.operationUnderWay?.id else { return }
        perform("cancel \(id)") { harness in harness.perform { _ = try? $0.cancel(id, origin: nil, at: $1) } }
    }

    private mutating func setClock() {
        let time = Timestamp(milliseconds: Int64.random(in: 0...9_000_000_000_000, using: &generator))
        perform("the clock is set to \(time)") { $0.time = time }
    }

    private mutating func pass() {
        let milliseconds = [1, 20, 100, 500, 1000, 5000, 20_000].randomElement(using: &generator) ?? 1
        perform("\(milliseconds) ms pass") { $0.advance(by: .milliseconds(milliseconds)) }
    }

    /// The machine is woken late.
    private mutating func passLate() {
        let milliseconds = Int.random(in: 0...40_000, using: &generator)
        perform("\(milliseconds) ms pass, and it is woken late") { harness in
            harness.passWithoutWake(.milliseconds(milliseconds))
            harness.advance(by: .zero)
        }
    }

    private mutating func stop() {
        hasStopped = true
        perform("stop") { harness in harness.perform { $0.stop(at: $1) } }
    }

    // MARK: The end

    /// A program that has stored the state and read it again goes on with the same.
    private func checkCoding() {
        do {
            let copy = try JSONDecoder().decode(
                SupervisorStateMachine.self, from: JSONEncoder().encode(harness.machine))
            harness.require(copy == harness.machine, "the state is another one after it was stored")
        } catch {
            harness.require(false, "the state cannot be stored: \(error)")
        }
    }

    private mutating func checkStopped() {
        let before = harness.tickets.count
        for worker in harness.staying + harness.leaving { harness.exit(worker, code: 0) }
        harness.advance(by: .seconds(1000))
        harness.require(harness.tickets.count == before, "something is forked after the stop")
    }

    /// If nothing fails any more, all that is wanted comes up.
    private mutating func heal() {
        steps.append("heal")
        for _ in 0..<30 {
            // Another one may be forked meanwhile, such as the next of a reload.
            harness.comeUp()
            for worker in harness.staying { harness.sign(worker, .online, .listening) }
            for worker in harness.staying { harness.answer(worker) }
            harness.endLeaving()
            harness.advance(by: .milliseconds(2500))
            watch.look()
            if harness.machine.operationUnderWay == nil { _ = try? harness.scale(harness.machine.desired) }
        }
        for _ in 0..<4 {
            harness.comeUp()
            for worker in harness.staying { harness.answer(worker) }
            harness.endLeaving()
            harness.advance(by: .milliseconds(1000))
        }
        watch.look()
        // Those that have closed their channels have ended by now, and limits replace workers all the time.
        harness.require(
            harness.status.ready == harness.machine.desired,
            "\(harness.status.ready) of \(harness.machine.desired) are ready: \(harness.states)")
        harness.require(
            harness.machine.operationUnderWay == nil, "\(String(describing: harness.machine.operation)) never ends")
    }
}
