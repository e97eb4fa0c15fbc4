// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

/// When the next worker is forked after a failure, and when an instance gives up.
@Suite struct BackoffTests {
    /// Lets the only worker fail again and again, as soon as it is forked or after it was ready for a time.
    private func fail(_ cluster: SupervisorHarness, _ times: Int, after ready: Duration? = nil) {
        for _ in 0..<times {
            guard let worker = cluster.fork() else { return }
            if let ready {
                cluster.sign(worker, .online, .listening)
                cluster.advance(by: ready)
            }
            cluster.exit(worker)
            while cluster.tickets.isEmpty, cluster.wake != nil { cluster.advance(by: .milliseconds(100)) }
        }
    }

    private func expect(_ delays: [Int64], within nominal: [Int64]) {
        #expect(delays.count == nominal.count)
        for (delay, nominal) in zip(delays, nominal) { #expect((nominal...nominal + nominal / 4).contains(delay)) }
    }

    @Test func `the delay doubles up to its maximum, and jitter adds up to a quarter`() {
        let cluster = SupervisorHarness(workers: 1)
        fail(cluster, 12)
        expect(cluster.delays, within: [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000])
        #expect(Set(cluster.delays.suffix(3)).count == 3)
    }

    @Test func `the next worker is forked when the delay has passed, not before`() throws {
        let cluster = SupervisorHarness(workers: 1)
        let worker = try #require(cluster.fork())
        cluster.exit(worker, code: 7, stderr: "Error: no database")
        let delay = try #require(cluster.delays.first)
        let failure = try #require(cluster.status.lastFailure)
        #expect(failure.instance == 0 && failure.workerId == worker && failure.reason == .exited)
        #expect(failure.code == 7 && failure.stderr == "Error: no database" && failure.at == cluster.time)
        #expect(failure.nextTryAt == cluster.time.advanced(by: .milliseconds(delay)))
        #expect(cluster.states == [.backingOff] && cluster.infos.first?.nextTryAt == failure.nextTryAt)
        #expect(cluster.status.phase == .failing && cluster.infos.first?.workerId == nil)
        cluster.advance(by: .milliseconds(delay - 1))
        #expect(cluster.tickets.isEmpty)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.tickets.map(\.instance) == [0] && cluster.states == [.starting])
        #expect(cluster.infos.first?.nextTryAt == nil && cluster.infos.first?.failuresInARow == 1)
        cluster.comeUp()
        #expect(cluster.status.phase == .stable && cluster.infos.first?.lastFailure?.code == 7)
    }

    @Test func `a worker that was ready for ten times minReady is replaced at once, and the count starts again`() {
        let cluster = SupervisorHarness(workers: 1) { $0.minReadyMs = 500 }
        fail(cluster, 3)
        fail(cluster, 1, after: .seconds(5))
        #expect(cluster.delays.last == 0 && cluster.infos.first?.failuresInARow == 0)
        #expect(cluster.status.phase == .failing)
        fail(cluster, 1)
        expect([cluster.delays.last ?? -1], within: [100])
    }

    @Test func `an app that dies a moment after it is ready is delayed too`() {
        let cluster = SupervisorHarness(workers: 1)
        fail(cluster, 9, after: .milliseconds(1100))
        expect(cluster.delays, within: [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600])
    }

    @Test func `without minReady a worker must have been ready for a second`() {
        let cluster = SupervisorHarness(workers: 1) { $0.minReadyMs = 0 }
        fail(cluster, 3, after: .milliseconds(999))
        expect(cluster.delays, within: [100, 200, 400])
        fail(cluster, 1, after: .seconds(1))
        #expect(cluster.delays.last == 0)
    }

    @Test func `a failed fork counts like a failed worker`() {
        let cluster = SupervisorHarness(workers: 1)
        cluster.failFork()
        #expect(cluster.status.lastFailure?.reason == .spawnFailed)
        #expect(cluster.status.lastFailure?.message == "EXEC_NOT_FOUND: no such file")
        #expect(cluster.status.lastFailure?.workerId == nil && cluster.states == [.backingOff])
        cluster.advance(by: .milliseconds(125))
        #expect(cluster.tickets.count == 1)
    }

    @Test func `after more failures than intensity within the period an instance gives up`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.intensity = 2 }
        cluster.sign(try #require(cluster.fork()), .listening)
        fail(cluster, 3)
        #expect(cluster.states == [.ready, .gaveUp] && cluster.tickets.isEmpty)
        let gaveUp = cluster.events { if case .gaveUp(failures: 3, periodMs: 60_000) = $0 { true } else { false } }
        #expect(gaveUp.map(\.instance) == [1] && cluster.exits == 0)
        #expect(cluster.status.lastFailure?.nextTryAt == nil && cluster.status.phase == .degraded)
        cluster.advance(by: .seconds(1000))
        #expect(cluster.infos[1].state == .gaveUp)
    }

    @Test func `failures that are further apart than the period are not too many`() {
        let cluster = SupervisorHarness(workers: 1) {
            $0.intensity = 2
            $0.periodMs = 1000
        }
        for _ in 0..<10 {
            fail(cluster, 1)
            cluster.advance(by: .milliseconds(400))
        }
        #expect(cluster.states != [.gaveUp])
    }

    @Test(arguments: [(SupervisionPolicy.WhenGivenUp.stay, 0), (.exit, 1)])
    func `the agent ends once all instances have given up, if the policy says so`(
        _ whenGivenUp: SupervisionPolicy.WhenGivenUp, _ exits: Int
    ) {
        let cluster = SupervisorHarness(workers: 2) {
            $0.intensity = 1
            $0.whenGivenUp = whenGivenUp
        }
        for _ in 0..<2 {
            #expect(cluster.exits == 0)
            for worker in [cluster.fork(), cluster.fork()] { if let worker { cluster.exit(worker) } }
            cluster.advance(by: .seconds(10))
        }
        #expect(cluster.status.phase == .gaveUp && cluster.exits == exits)
    }

    @Test func `a scale that lets instances try again does not end the agent, though those that worked go`() throws {
        let cluster = SupervisorHarness(workers: 2) {
            $0.intensity = 1
            $0.whenGivenUp = .exit
        }
        let first = try #require(cluster.fork())
        cluster.sign(try #require(cluster.fork()), .online, .listening)
        cluster.exit(first)
        cluster.advance(by: .seconds(1))
        cluster.exit(try #require(cluster.fork()))
        #expect(cluster.states == [.gaveUp, .ready])
        try cluster.scale(1)
        #expect(cluster.exits == 0 && cluster.states == [.starting])
        // If it gives up once more, nothing is left that tries.
        for _ in 0..<2 {
            cluster.exit(try #require(cluster.fork()))
            cluster.advance(by: .seconds(1))
        }
        #expect(cluster.states == [.gaveUp] && cluster.exits == 1)
        cluster.advance(by: .seconds(100))
        #expect(cluster.exits == 1)
    }

    @Test func `a policy that ends the agent counts for instances that have given up before`() throws {
        let cluster = SupervisorHarness(workers: 1) { $0.intensity = 1 }
        fail(cluster, 2)
        #expect(cluster.states == [.gaveUp] && cluster.exits == 0)
        var policy = cluster.machine.policy
        policy.whenGivenUp = .exit
        cluster.perform { [policy] in try? $0.supervise(policy, at: $1) }
        #expect(cluster.exits == 1)
    }

    @Test func `an instance that is removed has no next try`() throws {
        let cluster = SupervisorHarness(workers: 2)
        cluster.sign(try #require(cluster.fork()), .online, .listening)
        fail(cluster, 1)
        cluster.exit(try #require(cluster.fork()))
        #expect(cluster.status.lastFailure?.nextTryAt != nil)
        try cluster.scale(1)
        #expect(cluster.status.lastFailure?.instance == 1 && cluster.status.lastFailure?.nextTryAt == nil)
    }

    @Test func `scale, restart and reload let instances that gave up try again`() throws {
        for command in 0..<3 {
            let cluster = SupervisorHarness(workers: 1) { $0.intensity = 1 }
            fail(cluster, 2)
            #expect(cluster.states == [.gaveUp])
            switch command {
            case 0: try cluster.scale(1)
            case 1: try cluster.restart([0])
            default: try cluster.reload()
            }
            #expect(cluster.states == [.starting] && cluster.tickets.map(\.instance) == [0])
            fail(cluster, 1)
            #expect(cluster.states != [.gaveUp] && cluster.settled.map(\.verdict) == [.aborted])
        }
    }

    @Test func `a changed clock changes no delay`() throws {
        let cluster = SupervisorHarness(workers: 1)
        fail(cluster, 5)
        let worker = try #require(cluster.fork())
        cluster.exit(worker)
        let delay = try #require(cluster.delays.last)
        cluster.time = Timestamp(milliseconds: 5)
        cluster.advance(by: .milliseconds(delay - 1))
        #expect(cluster.tickets.isEmpty)
        cluster.time = Timestamp(milliseconds: 9_000_000_000_000)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.tickets.count == 1)
    }
}
