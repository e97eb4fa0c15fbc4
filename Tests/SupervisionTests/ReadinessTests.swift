// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

/// When a worker is ready, and what happens to one that is not.
@Suite struct ReadinessTests {
    @Test(arguments: [
        (Readiness.automatic, ReadySign.listening), (.listening, .listening), (.online, .online), (.message, .message),
        (.notify, .notify),
    ])
    func `a worker is ready at the sign that its setting names`(_ readiness: Readiness, _ sign: ReadySign) throws {
        for other in ReadySign.allCases where other != sign {
            let cluster = SupervisorHarness(workers: 1, readiness: readiness)
            let worker = try #require(cluster.fork())
            cluster.sign(worker, other)
            #expect(cluster.states == [.starting])
            cluster.passWithoutWake(.milliseconds(250))
            cluster.sign(worker, sign)
            #expect(cluster.states == [.ready] && cluster.events.last?.kind == .ready(afterMs: 250))
        }
    }

    @Test func `immediately means as soon as it is forked`() {
        let cluster = SupervisorHarness(workers: 1, readiness: .immediately)
        cluster.fork()
        #expect(cluster.states == [.ready])
    }

    @Test func `a worker that is not ready in time is stopped, which counts as a failure`() throws {
        let cluster = SupervisorHarness(workers: 1)
        cluster.machine.hasListened = true
        let worker = try #require(cluster.fork())
        cluster.sign(worker, .online)
        cluster.advance(by: .milliseconds(29_999))
        #expect(cluster.leaving.isEmpty)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.leaving == [worker] && cluster.states == [.backingOff])
        // There is nothing to drain.
        #expect(cluster.workers[worker]?.leaving?.ladder == DrainLadder(drain: .zero, kill: .seconds(5)))
        #expect(cluster.workers[worker]?.leaving?.because == SupervisorCause(.notReady))
        #expect(cluster.status.lastFailure?.reason == .notReady && cluster.status.lastFailure?.stderr == nil)
        cluster.exit(worker, signal: .terminate, stderr: "waiting for the database")
        #expect(cluster.status.lastFailure?.stderr == "waiting for the database")
        #expect(cluster.infos.first?.lastFailure?.signal == .terminate && cluster.infos.first?.failuresInARow == 1)
        cluster.advance(by: .milliseconds(125))
        #expect(cluster.tickets.count == 1)
    }

    @Test func `time in which the agent could not run counts against no worker that starts`() throws {
        let cluster = SupervisorHarness(workers: 1)
        cluster.machine.hasListened = true
        let worker = try #require(cluster.fork())
        cluster.advance(by: .seconds(29))
        // Its deadline passes in here.
        cluster.passWithoutWake(.seconds(60))
        cluster.advance(by: .zero)
        #expect(cluster.leaving.isEmpty && cluster.states == [.starting])
        cluster.sign(worker, .listening)
        #expect(cluster.states == [.ready])
    }

    @Test func `a new worker proves good in time that was seen`() throws {
        let cluster = SupervisorHarness(workers: 1)
        let old = try #require(cluster.fork())
        cluster.sign(old, .listening)
        cluster.advance(by: .seconds(60))
        try cluster.reload()
        let new = try #require(cluster.fork())
        cluster.sign(new, .listening)
        cluster.passWithoutWake(.seconds(60))
        cluster.advance(by: .zero)
        #expect(cluster.leaving.isEmpty)
        cluster.exit(new, code: 1)
        #expect(cluster.leaving.isEmpty && cluster.settled.first?.verdict == .aborted)
    }

    @Test func `if no worker ever listened, one that is online is ready at the timeout`() throws {
        let cluster = SupervisorHarness(workers: 2)
        let consumer = try #require(cluster.fork())
        let stuck = try #require(cluster.fork())
        cluster.sign(consumer, .online)
        cluster.advance(by: .seconds(30))
        #expect(cluster.infos.map(\.state) == [.ready, .backingOff] && cluster.leaving == [stuck])
    }

    @Test func `without a limit a queue consumer counts as ready after the usual time`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.readyTimeoutMs = 0 }
        let consumer = try #require(cluster.fork())
        let late = try #require(cluster.fork())
        cluster.sign(consumer, .online)
        cluster.advance(by: .milliseconds(29_999))
        #expect(cluster.states == [.starting, .starting])
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.states == [.ready, .starting])
        cluster.sign(late, .online)
        #expect(cluster.states == [.ready, .ready] && cluster.leaving.isEmpty)
    }

    @Test func `a forked worker that listened counts too`() throws {
        let cluster = SupervisorHarness(workers: 1)
        cluster.sign(try #require(WorkerID(rawValue: 99)), .listening)
        let worker = try #require(cluster.fork())
        cluster.sign(worker, .online)
        cluster.advance(by: .seconds(30))
        #expect(cluster.leaving == [worker])
    }

    @Test(arguments: [Readiness.listening, .message, .notify])
    func `the exception is for automatic readiness only`(_ readiness: Readiness) throws {
        let cluster = SupervisorHarness(workers: 1, readiness: readiness)
        let worker = try #require(cluster.fork())
        cluster.sign(worker, .online)
        cluster.advance(by: .seconds(30))
        #expect(cluster.leaving == [worker])
    }

    @Test func `0 is no limit`() throws {
        let cluster = SupervisorHarness(workers: 1) {
            $0.readyTimeoutMs = 0
            $0.killTimeoutMs = 0
        }
        cluster.fork()
        cluster.advance(by: .seconds(86_400))
        #expect(cluster.leaving.isEmpty && cluster.wake == nil && cluster.states == [.starting])
    }

    @Test func `a worker that is no longer ready gets the same time again`() throws {
        let cluster = SupervisorHarness(workers: 1)
        let worker = try #require(cluster.comeUp().first)
        cluster.advance(by: .seconds(100))
        cluster.perform { $0.didLoseReadiness(worker, at: $1) }
        #expect(cluster.states == [.starting] && cluster.status.phase == .progressing)
        cluster.advance(by: .milliseconds(29_999))
        #expect(cluster.leaving.isEmpty)
        cluster.sign(worker, .listening)
        #expect(cluster.states == [.ready])
        cluster.perform { $0.didLoseReadiness(worker, at: $1) }
        cluster.advance(by: .seconds(30))
        #expect(cluster.leaving == [worker])
        // It may still serve somebody.
        #expect(cluster.workers[worker]?.leaving?.ladder == DrainLadder(drain: .seconds(30), kill: .seconds(5)))
        // It was ready for long, so the next one comes at once.
        #expect(cluster.delays == [0] && cluster.tickets.count == 1)
    }

    @Test func `a worker that a command has asked to end is replaced when it serves no more, and has not failed`()
        throws
    {
        let cluster = SupervisorHarness(workers: 1)
        let worker = try #require(cluster.comeUp().first)
        cluster.perform { $0.didAskToEnd(worker, origin: "kill-1", at: $1) }
        #expect(cluster.states == [.ready] && cluster.tickets.isEmpty)
        cluster.loseReadiness(worker)
        #expect(cluster.tickets.map(\.because) == [SupervisorCause(.kill, origin: "kill-1")])
        #expect(cluster.workers[worker]?.leaving?.ladder == DrainLadder(drain: .seconds(30), kill: .seconds(5)))
        #expect(cluster.status.lastFailure == nil && cluster.infos.first?.failuresInARow == 0)
        cluster.exit(worker, code: 0, because: .command)
        #expect(cluster.tickets.count == 1 && cluster.violations.isEmpty)
    }

    @Test func `a worker that has lived on after a command has failed if it serves no more`() throws {
        let cluster = SupervisorHarness(workers: 1)
        let worker = try #require(cluster.comeUp().first)
        cluster.perform { $0.didAskToEnd(worker, origin: "kill-1", at: $1) }
        cluster.advance(by: .seconds(36))
        cluster.loseReadiness(worker)
        #expect(cluster.tickets.isEmpty && cluster.leaving.isEmpty, "it may become ready again")
        cluster.advance(by: .seconds(30))
        #expect(cluster.status.lastFailure?.reason == .notReady && cluster.violations.isEmpty)
    }

    @Test func `a worker that has closed its channel is not left to itself by a scale`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.drainTimeoutMs = 0 }
        let worker = try #require(cluster.comeUp().last)
        cluster.perform { $0.didDisconnect(worker, at: $1) }
        try cluster.scale(1)
        #expect(cluster.workers[worker]?.leaving?.ladder == DrainLadder(drain: .seconds(5), kill: .seconds(5)))
    }

    @Test func `a crash that begins with the end of its channel is one failure`() throws {
        let cluster = SupervisorHarness(workers: 1)
        let worker = try #require(cluster.comeUp().first)
        cluster.perform { $0.didDisconnect(worker, at: $1) }
        #expect(cluster.states == [.draining] && cluster.leaving.isEmpty)
        cluster.exit(worker, code: 1)
        #expect(cluster.states == [.backingOff] && cluster.infos.first?.failuresInARow == 1)
    }

    @Test func `a worker that lives on without a channel is asked to leave after a second, and replaced`() throws {
        let cluster = SupervisorHarness(workers: 1)
        let worker = try #require(cluster.comeUp().first)
        cluster.advance(by: .seconds(10))
        cluster.perform { $0.didDisconnect(worker, at: $1) }
        cluster.advance(by: .milliseconds(999))
        #expect(cluster.leaving.isEmpty)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.leaving == [worker] && cluster.tickets.count == 1)
        #expect(cluster.workers[worker]?.leaving?.ladder == DrainLadder(drain: .seconds(30), kill: .seconds(5)))
    }

    @Test(arguments: [(5000, Duration.seconds(5)), (0, .seconds(5)), (200, .milliseconds(200))])
    func `without a limit nobody waits for a worker that cannot be asked any more`(_ kill: Int, _ time: Duration) throws
    {
        let cluster = SupervisorHarness(workers: 2) {
            $0.drainTimeoutMs = 0
            $0.killTimeoutMs = kill
        }
        let workers = cluster.comeUp()
        cluster.disconnect(workers[0])
        cluster.advance(by: .seconds(1))
        #expect(cluster.workers[workers[0]]?.leaving?.ladder == DrainLadder(drain: time, kill: time))
        // One that was told to go may take as long as it likes, until its channel closes.
        cluster.perform { $0.disconnect(workers[1], origin: nil, at: $1) }
        #expect(cluster.workers[workers[1]]?.leaving?.ladder.drain == nil)
        cluster.disconnect(workers[1])
        #expect(cluster.workers[workers[1]]?.leaving?.ladder == DrainLadder(drain: time, kill: time))
        #expect(cluster.violations.isEmpty)
    }

    @Test func `under onFailure the worker's end decides`() throws {
        let cluster = SupervisorHarness(workers: 2) { $0.restart = .onFailure }
        let workers = cluster.comeUp()
        for worker in workers { cluster.perform { $0.didDisconnect(worker, at: $1) } }
        cluster.advance(by: .seconds(1))
        #expect(cluster.leaving == workers && cluster.tickets.isEmpty && cluster.machine.desired == 2)
        cluster.exit(workers[0], code: 0)
        cluster.exit(workers[1], code: 3)
        cluster.advance(by: .seconds(1))
        #expect(cluster.machine.desired == 1 && cluster.tickets.map(\.instance) == [1])
    }
}
