// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

/// What stops a reload, and what does not.
@Suite struct ReloadFailureTests {
    private let cluster = SupervisorHarness(workers: 4)
    private let old: [WorkerID]

    init() {
        old = cluster.comeUp()
    }

    @Test func `a new worker that crashes aborts the reload, the others serve on, and the revision is bad`() throws {
        try cluster.reload()
        let new = try #require(cluster.fork())
        cluster.exit(new, code: 3, stderr: "SyntaxError: Unexpected token")
        let verdict = try #require(cluster.settled.first)
        #expect(verdict.verdict == .aborted && verdict.failure?.reason == .exited && verdict.failure?.code == 3)
        #expect(verdict.failure?.stderr == "SyntaxError: Unexpected token" && verdict.failure?.workerId == new)
        #expect(verdict.progress.instances.map(\.state) == [.failed, .waiting, .waiting, .waiting])
        #expect(cluster.leaving.isEmpty && cluster.states == Array(repeating: .ready, count: 4))
        #expect(cluster.judged == [.two: .bad] && cluster.machine.goodRevision == .one)
        #expect(cluster.status.phase == .stable && cluster.status.lastFailure?.workerId == new)
        cluster.exit(old[3])
        cluster.advance(by: .seconds(1))
        #expect(cluster.tickets.map(\.revision) == [.one] && cluster.tickets.map(\.instance) == [3])
    }

    @Test func `without a worker that could prove it, a release that was found bad is not accepted`() throws {
        let cluster = SupervisorHarness(workers: 0)
        let failure = WorkerFailure(instance: 3, reason: .exited, at: cluster.time)
        let info = try cluster.reload { $0.rejection = failure }
        #expect(info.verdict == .aborted && info.failure == failure && cluster.judged == [.two: .bad])
        #expect(cluster.machine.goodRevision == .one)
        // With a worker it is tried.
        try cluster.scale(1)
        cluster.comeUp()
        try cluster.reload(.three) { $0.rejection = failure }
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        cluster.endLeaving()
        #expect(cluster.settled.last?.verdict == .succeeded && cluster.machine.goodRevision == .three)
    }

    @Test func `a new worker that is not ready in time aborts the reload, and the verdict has its last words`() throws {
        try cluster.reload()
        let new = try #require(cluster.fork())
        cluster.sign(new, .online)
        cluster.advance(by: .seconds(30))
        #expect(cluster.leaving == [new] && cluster.settled.isEmpty)
        #expect(cluster.machine.operationUnderWay?.phase == .aborting)
        let error = #expect(throws: ClusterError.self) { try cluster.scale(1) }
        #expect(error?.reason == .operationUnderWay && error?.metadata["operation"] == "op1")
        cluster.exit(new, signal: .terminate, stderr: "waiting for the database")
        #expect(cluster.settled.map(\.verdict) == [.aborted])
        #expect(cluster.settled.first?.failure?.reason == .notReady)
        #expect(cluster.settled.first?.failure?.stderr == "waiting for the database")
    }

    @Test func `a stop while last words are awaited still aborts the reload`() throws {
        try cluster.reload()
        cluster.fork()
        cluster.advance(by: .seconds(30))
        cluster.perform { $0.stop(at: $1) }
        #expect(cluster.settled.map(\.verdict) == [.aborted] && cluster.settled.first?.failure?.reason == .notReady)
    }

    @Test func `a worker that cannot be killed does not delay a verdict`() throws {
        try cluster.reload()
        cluster.fork()
        cluster.advance(by: .milliseconds(30_000 + 5999))
        #expect(cluster.settled.isEmpty)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.settled.map(\.verdict) == [.aborted])
    }

    @Test func `a failed fork aborts the reload`() throws {
        try cluster.reload()
        cluster.failFork()
        #expect(cluster.settled.map(\.verdict) == [.aborted])
        #expect(cluster.settled.first?.failure?.message == "EXEC_NOT_FOUND: no such file")
    }

    @Test func `a release that crashes after its first second aborts the rest`() throws {
        try cluster.reload()
        let first = try #require(cluster.comeUp().first)
        cluster.advance(by: .seconds(1))
        let second = try #require(cluster.fork())
        cluster.exit(first)
        #expect(cluster.settled.map(\.verdict) == [.aborted] && cluster.settled.first?.failure?.workerId == first)
        #expect(cluster.leaving == [old[0], second] && cluster.states == [.backingOff, .ready, .ready, .ready])
        cluster.advance(by: .seconds(1))
        #expect(cluster.tickets.map(\.revision) == [.one])
    }

    @Test func `a worker that is ready only now and then is not good`() throws {
        try cluster.reload()
        let new = try #require(cluster.fork())
        for _ in 0..<60 where cluster.settled.isEmpty {
            cluster.sign(new, .online, .listening)
            cluster.advance(by: .milliseconds(600))
            cluster.perform { $0.didLoseReadiness(new, at: $1) }
        }
        #expect(cluster.leaving == [new])
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.aborted] && cluster.status.ready == 4)
    }

    @Test func `an old worker that crashes does not stop the reload, and is replaced by the old revision`() throws {
        try cluster.reload()
        cluster.fork()
        cluster.exit(old[3])
        cluster.advance(by: .milliseconds(125))
        #expect(cluster.settled.isEmpty && cluster.tickets.map(\.revision) == [.one])
    }

    @Test func `once the new revision is good, an old worker that crashes is replaced by it`() throws {
        try cluster.reload()
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        cluster.exit(old[3])
        #expect(cluster.tickets.map(\.instance) == [1, 3] && cluster.tickets.allSatisfy { $0.revision == .two })
    }

    @Test func `an old worker that crashes while its successor starts leaves it the place`() throws {
        try cluster.reload()
        let new = try #require(cluster.fork())
        cluster.exit(old[0])
        #expect(cluster.infos[0].workerId == new && cluster.infos[0].state == .starting)
        // That leaves room for the next one.
        #expect(cluster.tickets.map(\.instance) == [1])
        cluster.sign(new, .listening)
        cluster.advance(by: .seconds(1))
        #expect(cluster.machine.operationUnderWay?.progress.replaced == 1 && cluster.leaving.isEmpty)
    }

    @Test func `killing a new worker or an old one does not stop the reload`() throws {
        try cluster.reload()
        let new = try #require(cluster.fork())
        cluster.exit(new, signal: .kill, because: .command)
        #expect(cluster.tickets.map(\.instance) == [0] && cluster.tickets.map(\.revision) == [.two])
        cluster.fork()
        cluster.exit(old[0], signal: .kill, because: .command)
        cluster.exit(old[3], signal: .kill, because: .command)
        #expect(cluster.tickets.map(\.instance) == [1, 3] && cluster.tickets.map(\.revision) == [.two, .one])
        #expect(cluster.settled.isEmpty && cluster.status.lastFailure == nil)
    }

    @Test func `a replaced instance whose worker is killed gets another one of the new revision`() throws {
        try cluster.reload()
        let new = try #require(cluster.comeUp().first)
        cluster.advance(by: .seconds(1))
        cluster.exit(new, signal: .kill, because: .command)
        #expect(cluster.tickets.map(\.instance) == [1, 0] && cluster.tickets.allSatisfy { $0.revision == .two })
    }
}
