// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

/// Heartbeats, memory and age.
@Suite struct LimitTests {
    private func speaking(_ cluster: SupervisorHarness) -> [WorkerID] {
        let workers = cluster.comeUp()
        for worker in workers { cluster.perform { $0.didSpeak(worker, at: $1) } }
        return workers
    }

    private func heartbeats(_ configure: (inout SupervisionPolicy) -> Void = { _ in }) -> SupervisorHarness {
        SupervisorHarness(workers: 1) {
            $0.heartbeatMs = 5000
            configure(&$0)
        }
    }

    // MARK: Heartbeats

    @Test func `heartbeats come every heartbeatMs, one at a time`() {
        let cluster = heartbeats()
        let worker = speaking(cluster)[0]
        cluster.advance(by: .milliseconds(4999))
        #expect(cluster.workers[worker]?.heartbeat == nil)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.workers[worker]?.heartbeat == 1)
        cluster.passWithoutWake(.milliseconds(30))
        cluster.answer(worker)
        #expect(cluster.machine.view(of: worker)?.loopDelay == .milliseconds(30))
        #expect(cluster.machine.view(of: worker)?.silentSince == nil)
        cluster.advance(by: .milliseconds(4970))
        #expect(cluster.workers[worker]?.heartbeat == 2 && cluster.violations.isEmpty)
    }

    @Test func `a worker that could not be asked is not silent`() {
        let cluster = heartbeats { $0.unresponsive = .restart }
        let worker = speaking(cluster)[0]
        for number in 1...6 {
            cluster.advance(by: .milliseconds(5000))
            #expect(cluster.workers[worker]?.heartbeat == number)
            cluster.perform { machine, _ in machine.didSkipHeartbeat(worker, number: number) }
        }
        #expect(cluster.machine.view(of: worker)?.isResponsive == true && cluster.states == [.ready])
    }

    @Test func `a third of unresponsiveMs is the longest interval`() {
        let cluster = heartbeats { $0.unresponsiveMs = 3000 }
        let worker = speaking(cluster)[0]
        cluster.advance(by: .milliseconds(999))
        #expect(cluster.workers[worker]?.heartbeat == nil)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.workers[worker]?.heartbeat == 1)
    }

    @Test func `a worker that hangs is reported once, and again when it answers`() {
        let cluster = heartbeats()
        let worker = speaking(cluster)[0]
        cluster.advance(by: .milliseconds(19_999))
        #expect(cluster.machine.view(of: worker)?.isResponsive == true)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.events.last?.kind == .unresponsive(forMs: 15_000))
        #expect(cluster.machine.view(of: worker)?.isResponsive == false)
        cluster.advance(by: .seconds(60))
        let reports = cluster.events { if case .unresponsive = $0 { true } else { false } }
        #expect(reports.map(\.workerId) == [worker] && cluster.states == [.ready])
        cluster.answer(worker)
        #expect(cluster.events.last?.kind == .responsive(afterMs: 75_000))
        #expect(cluster.machine.view(of: worker)?.isResponsive == true)
    }

    @Test func `with restart a worker that hangs is stopped and replaced`() {
        let cluster = heartbeats { $0.unresponsive = .restart }
        let worker = speaking(cluster)[0]
        cluster.advance(by: .seconds(20))
        #expect(cluster.leaving == [worker] && cluster.tickets.map(\.instance) == [0])
        #expect(cluster.workers[worker]?.leaving?.ladder == DrainLadder(drain: .zero, kill: .seconds(5)))
        #expect(cluster.status.lastFailure?.reason == .unresponsive)
    }

    @Test func `a worker that is debugged or stopped is left alone`() {
        let cluster = heartbeats { $0.unresponsive = .restart }
        let worker = speaking(cluster)[0]
        cluster.advance(by: .seconds(6))
        cluster.perform { machine, _ in machine.didPause(worker) }
        cluster.advance(by: .seconds(100))
        #expect(cluster.leaving.isEmpty)
        cluster.perform { $0.didResume(worker, at: $1) }
        // The answer to one that was sent before tells nothing about those to come.
        cluster.answer(worker)
        cluster.advance(by: .milliseconds(19_999))
        #expect(cluster.leaving.isEmpty)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.leaving == [worker])
    }

    @Test(arguments: [SupervisionPolicy.WhenUnresponsive.report, .restart])
    func `after this program or the machine was stopped, workers get the whole time again`(
        _ unresponsive: SupervisionPolicy.WhenUnresponsive
    ) {
        let cluster = heartbeats { $0.unresponsive = unresponsive }
        let worker = speaking(cluster)[0]
        cluster.advance(by: .seconds(6))
        cluster.passWithoutWake(.seconds(100))
        cluster.advance(by: .milliseconds(14_999))
        #expect(cluster.states == [.ready] && cluster.machine.view(of: worker)?.isResponsive == true)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.machine.view(of: worker)?.isResponsive != true)
    }

    @Test func `silent programs and workers that are not online get no heartbeats`() {
        let cluster = heartbeats { $0.unresponsive = .restart }
        let worker = cluster.comeUp()[0]
        cluster.advance(by: .seconds(100))
        #expect(cluster.workers[worker]?.heartbeat == nil && cluster.leaving.isEmpty)
        #expect(cluster.machine.view(of: worker)?.isResponsive == nil)
    }

    @Test func `a worker that is paused before it speaks gets no heartbeat until it goes on`() {
        let cluster = heartbeats()
        let worker = cluster.comeUp()[0]
        cluster.perform { machine, _ in machine.didPause(worker) }
        cluster.perform { $0.didSpeak(worker, at: $1) }
        cluster.advance(by: .seconds(100))
        #expect(cluster.workers[worker]?.heartbeat == nil)
        cluster.perform { $0.didResume(worker, at: $1) }
        cluster.advance(by: .seconds(5))
        #expect(cluster.workers[worker]?.heartbeat != nil)
    }

    @Test func `another policy counts at once`() throws {
        let cluster = heartbeats()
        let worker = speaking(cluster)[0]
        cluster.advance(by: .seconds(30))
        var policy = cluster.machine.policy
        policy.unresponsive = .restart
        cluster.perform { try? $0.supervise(policy, at: $1) }
        #expect(cluster.leaving == [worker])
    }

    // MARK: Memory

    private func measure(_ cluster: SupervisorHarness, _ worker: WorkerID, _ readings: Int64...) {
        for bytes in readings { cluster.perform { $0.didMeasure(worker, residentBytes: bytes, at: $1) } }
    }

    @Test func `three readings in a row above the limit replace a worker, new one first`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.maxMemoryBytes = 100 }
        let workers = cluster.comeUp()
        measure(cluster, workers[0], 101, 101, 100, 101, 101)
        #expect(cluster.tickets.isEmpty)
        measure(cluster, workers[0], 150)
        #expect(cluster.tickets.map(\.instance) == [0] && cluster.leaving.isEmpty)
        #expect(cluster.tickets[0].because == SupervisorCause(.memory))
        let limits = cluster.events { if case .limit(.memory(bytes: 150, maxBytes: 100)) = $0 { true } else { false } }
        #expect(limits.map(\.workerId) == [workers[0]])
        #expect(cluster.infos[0].state == .replacing && cluster.status.ready == 2)
        cluster.comeUp()
        #expect(cluster.leaving.isEmpty)
        cluster.advance(by: .seconds(1))
        #expect(cluster.leaving == [workers[0]] && cluster.states == [.ready, .ready])
        #expect(cluster.infos[0].failuresInARow == 0 && cluster.status.lastFailure == nil)
    }

    @Test func `a reading that fails breaks the row`() {
        let cluster = SupervisorHarness(workers: 1) { $0.maxMemoryBytes = 100 }
        let worker = cluster.comeUp()[0]
        measure(cluster, worker, 200, 200)
        cluster.perform { machine, _ in machine.didNotMeasure(worker) }
        measure(cluster, worker, 200, 200)
        #expect(cluster.tickets.isEmpty)
        measure(cluster, worker, 200)
        #expect(cluster.tickets.count == 1)
    }

    @Test func `limits count while an operation only waits for old workers`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.maxMemoryBytes = 100 }
        let workers = cluster.comeUp()
        try cluster.scale(1)
        #expect(cluster.machine.operationUnderWay?.phase == .draining)
        measure(cluster, workers[0], 200, 200, 200)
        #expect(cluster.tickets.map(\.instance) == [0])
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        #expect(cluster.leaving == workers && cluster.settled.isEmpty)
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.succeeded] && cluster.violations.isEmpty)
    }

    @Test func `two workers are never replaced at once`() {
        let cluster = SupervisorHarness(workers: 3) { $0.maxMemoryBytes = 100 }
        let workers = cluster.comeUp()
        for worker in workers { measure(cluster, worker, 200, 200, 200) }
        for number in 0..<3 {
            #expect(cluster.tickets.map(\.instance) == [number])
            cluster.comeUp()
            cluster.advance(by: .seconds(1))
            #expect(cluster.leaving == Array(workers[...number]))
        }
        #expect(cluster.tickets.isEmpty)
    }

    @Test func `if the successor fails, the old worker stays and is left alone for the longest delay`() throws {
        let cluster = SupervisorHarness(workers: 1) { $0.maxMemoryBytes = 100 }
        let worker = cluster.comeUp()[0]
        measure(cluster, worker, 200, 200, 200)
        let new = try #require(cluster.fork())
        cluster.exit(new)
        #expect(cluster.states == [.ready] && cluster.leaving.isEmpty && cluster.status.phase == .stable)
        measure(cluster, worker, 200, 200, 200, 200)
        #expect(cluster.tickets.isEmpty)
        cluster.advance(by: .seconds(30))
        measure(cluster, worker, 200, 200, 200)
        #expect(cluster.tickets.count == 1)
    }

    @Test func `if the old worker ends meanwhile, its successor takes over`() throws {
        let cluster = SupervisorHarness(workers: 1) { $0.maxMemoryBytes = 100 }
        let worker = cluster.comeUp()[0]
        measure(cluster, worker, 200, 200, 200)
        cluster.exit(worker, signal: .kill)
        #expect(cluster.tickets.count == 1 && cluster.states == [.starting] && cluster.status.phase == .failing)
        cluster.comeUp()
        #expect(cluster.states == [.ready] && cluster.status.phase == .stable)
    }

    @Test func `an operation comes first, and the limit is remembered`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.maxMemoryBytes = 100 }
        let workers = cluster.comeUp()
        measure(cluster, workers[1], 200, 200, 200)
        let new = try #require(cluster.fork())
        try cluster.restart([0])
        #expect(cluster.leaving == [new] && cluster.tickets.map(\.instance) == [0])
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.succeeded] && cluster.tickets.map(\.instance) == [1])
    }

    // MARK: Age

    @Test func `the next one waits until the last old worker has ended`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.maxAgeMs = 100_000 }
        cluster.comeUp()
        cluster.advance(by: .seconds(100))
        #expect(cluster.tickets.count == 1)
        cluster.comeUp()
        cluster.advance(by: .seconds(10))
        #expect(cluster.leaving.count == 1 && cluster.tickets.isEmpty)
        cluster.endLeaving()
        #expect(cluster.tickets.count == 1)
    }

    @Test func `a worker is replaced at its age or up to a quarter earlier, never two at once`() throws {
        let cluster = SupervisorHarness(workers: 4) { $0.maxAgeMs = 100_000 }
        let workers = cluster.comeUp()
        cluster.advance(by: .milliseconds(74_999))
        #expect(cluster.tickets.isEmpty)
        var replaced: [WorkerID] = []
        while replaced.count < 4, cluster.instant < .now + .seconds(200) {
            cluster.advance(by: .milliseconds(100))
            #expect(cluster.tickets.count <= 1)
            guard let ticket = cluster.tickets.first else { continue }
            #expect(ticket.because == SupervisorCause(.age))
            cluster.comeUp()
            cluster.advance(by: .seconds(1))
            replaced += cluster.leaving
            cluster.endLeaving()
        }
        #expect(replaced.sorted() == workers && cluster.violations.isEmpty)
        let ages = cluster.events.compactMap { event -> Int64? in
            if case .limit(.age(let ms, maxMs: 100_000)) = event.kind { ms } else { nil }
        }
        #expect(ages.count == 4 && ages.allSatisfy { (75_000...105_000).contains($0) } && Set(ages).count > 1)
    }
}
