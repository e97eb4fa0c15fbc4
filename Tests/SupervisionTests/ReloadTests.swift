// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

/// How a reload replaces workers, and what other commands do to it.
@Suite struct ReloadTests {
    private let cluster = SupervisorHarness(workers: 4)
    private let old: [WorkerID]

    init() {
        old = cluster.comeUp()
    }

    @Test func `a reload replaces one instance after the other, the new worker first`() throws {
        let info = try cluster.reload()
        #expect(info.kind == .reload && info.phase == .rolling && info.requestId == "request-1" && !info.done)
        #expect(info.progress.total == 4 && info.progress.replaced == 0)
        for number in 0..<4 {
            #expect(cluster.tickets.map(\.instance) == [number] && cluster.tickets[0].revision == .two)
            let new = try #require(cluster.fork())
            cluster.sign(new, .online)
            cluster.advance(by: .seconds(10))
            #expect(cluster.leaving.isEmpty && cluster.tickets.isEmpty)
            cluster.sign(new, .listening)
            cluster.advance(by: .milliseconds(999))
            #expect(cluster.leaving.isEmpty && cluster.tickets.isEmpty)
            cluster.advance(by: .milliseconds(1))
            #expect(cluster.leaving == [old[number]] && cluster.status.ready == 4)
            let progress = cluster.machine.operationUnderWay?.progress
            #expect(progress?.replaced == number + 1)
            #expect(progress?.instances[number].workerId == new)
            if number < 3 { cluster.endLeaving() }
        }
        #expect(cluster.machine.operationUnderWay?.phase == .draining && cluster.judged == [.two: .good])
        cluster.endLeaving()
        let verdict = try #require(cluster.settled.first)
        #expect(verdict.verdict == .succeeded && verdict.failure == nil && verdict.endedAt == cluster.time)
        #expect(cluster.machine.goodRevision == .two && cluster.status.phase == .stable)
        #expect(cluster.machine.operationUnderWay == nil && cluster.violations.isEmpty)
    }

    @Test(arguments: [
        (RolloutShare.count(2), RolloutShare.count(0), 2, 0), (.percent(26), .count(0), 2, 0),
        (.percent(1), .count(0), 1, 0), (.percent(100), .count(0), 4, 0), (.count(0), .count(1), 0, 1),
        (.count(0), .percent(99), 0, 3), (.count(1), .percent(50), 1, 2),
    ])
    func `surge rounds up and unavailability rounds down`(
        _ surge: RolloutShare, _ unavailable: RolloutShare, _ more: Int, _ fewer: Int
    ) throws {
        try cluster.reload {
            $0.maxSurge = surge
            $0.maxUnavailable = unavailable
        }
        #expect(cluster.tickets.count == more + fewer && cluster.leaving.count == fewer)
        #expect(cluster.status.ready == 4 - fewer)
    }

    @Test(arguments: [
        (RolloutShare.count(0), RolloutShare.count(0), "maxUnavailable"),
        (.percent(0), .percent(0), "maxUnavailable"), (.count(0), .percent(24), "maxUnavailable"),
        (.count(-1), .count(1), "maxSurge"), (.percent(101), .count(0), "maxSurge"),
        (.count(1), .count(-1), "maxUnavailable"),
    ])
    func `limits by which no worker could be replaced are refused by name`(
        _ surge: RolloutShare, _ unavailable: RolloutShare, _ field: String
    ) {
        let error = #expect(throws: ClusterError.self) {
            try cluster.reload {
                $0.maxSurge = surge
                $0.maxUnavailable = unavailable
            }
        }
        #expect(error?.reason == .invalidField && error?.metadata["field"] == field)
        #expect(cluster.machine.operationUnderWay == nil && cluster.tickets.isEmpty)
    }

    @Test func `a reload's own times count for its workers`() throws {
        try cluster.reload {
            $0.readyTimeoutMs = 2000
            $0.minReadyMs = 50
            $0.drainTimeoutMs = 7000
        }
        cluster.comeUp()
        cluster.advance(by: .milliseconds(50))
        #expect(cluster.workers[old[0]]?.leaving?.ladder == DrainLadder(drain: .seconds(7), kill: .seconds(5)))
        let late = try #require(cluster.fork())
        cluster.advance(by: .seconds(2))
        #expect(cluster.leaving == [old[0], late])
        let error = #expect(throws: ClusterError.self) {
            try cluster.reload(.three, .cancelOther) { $0.minReadyMs = -1 }
        }
        #expect(error?.metadata["field"] == "minReadyMs")
    }

    @Test func `a reload begins with instances that are not ready`() throws {
        cluster.exit(old[2])
        cluster.perform { $0.didLoseReadiness(old[1], at: $1) }
        #expect(cluster.states == [.ready, .starting, .backingOff, .ready])
        try cluster.reload()
        // The one without a worker needs no room.
        #expect(cluster.tickets.map(\.instance) == [1, 2] && cluster.tickets.allSatisfy { $0.revision == .two })
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        #expect(cluster.leaving == [old[1]] && cluster.tickets.map(\.instance) == [0])
    }

    // MARK: Other commands

    @Test func `a second operation is refused with the id of the first`() throws {
        try cluster.reload()
        for command in 0..<3 {
            let error = #expect(throws: ClusterError.self) {
                switch command {
                case 0: try cluster.scale(2)
                case 1: try cluster.restart([0])
                default: try cluster.reload(.three)
                }
            }
            #expect(error?.status == .aborted && error?.reason == .operationUnderWay)
            #expect(error?.metadata["operation"] == "op1")
        }
        #expect(cluster.machine.desired == 4 && cluster.settled.isEmpty)
    }

    @Test func `force cancels the first operation, and what it has replaced stays`() throws {
        try cluster.reload()
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        let second = try #require(cluster.fork())
        try cluster.scale(0, .cancelOther)
        #expect(cluster.settled.map(\.verdict) == [.cancelled] && cluster.machine.desired == 0)
        #expect(cluster.leaving.contains(second) && cluster.staying.isEmpty && cluster.tickets.isEmpty)
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.cancelled, .succeeded] && cluster.violations.isEmpty)
    }

    @Test func `a cancel stops the new worker and leaves the old ones alone`() throws {
        let info = try cluster.reload()
        let new = try #require(cluster.fork())
        let unknown = OperationID(rawValue: "gone")
        let error = #expect(throws: ClusterError.self) {
            try cluster.performThrowing { machine, now throws(ClusterError) in
                try machine.cancel(unknown, origin: nil, at: now)
            }
        }
        #expect(error?.reason == .operationNotFound)
        let ended = try cluster.performThrowing { machine, now throws(ClusterError) in
            try machine.cancel(info.id, origin: "b", at: now)
        }
        #expect(ended.verdict == .cancelled && cluster.leaving == [new])
        #expect(cluster.workers[new]?.leaving?.because == SupervisorCause(.withdrawn, origin: "b"))
        #expect(cluster.states == Array(repeating: .ready, count: 4) && cluster.machine.goodRevision == .one)
    }

    @Test func `a cancel goes back to the old revision if the old worker is gone`() throws {
        let info = try cluster.reload {
            $0.maxSurge = .count(0)
            $0.maxUnavailable = .count(2)
        }
        let new = try #require(cluster.fork())
        _ = try cluster.performThrowing { machine, now throws(ClusterError) in
            try machine.cancel(info.id, origin: nil, at: now)
        }
        #expect(cluster.leaving == [old[0], old[1], new])
        // The harness has the withdrawn ticket still, as a primary that has begun to fork has.
        #expect(cluster.tickets.map(\.revision) == [.two, .one, .one])
        cluster.comeUp()
        #expect(cluster.states == Array(repeating: .ready, count: 4) && cluster.staying.count == 4)
    }

    @Test func `a disconnect of all during a reload cancels it`() throws {
        try cluster.reload()
        cluster.fork()
        cluster.perform { $0.disconnectAll(origin: nil, at: $1) }
        #expect(cluster.settled.map(\.verdict) == [.cancelled] && cluster.staying.isEmpty && cluster.tickets.isEmpty)
    }

    @Test func `a disconnect of one worker takes its instance out`() throws {
        try cluster.reload()
        let new = try #require(cluster.fork())
        cluster.perform { $0.disconnect(new, origin: nil, at: $1) }
        #expect(cluster.leaving == [old[0], new] && cluster.machine.desired == 3)
        #expect(cluster.machine.operationUnderWay?.progress.total == 3 && cluster.tickets.map(\.instance) == [1])
    }

    @Test func `a stop interrupts a reload`() throws {
        try cluster.reload()
        cluster.fork()
        cluster.perform { $0.stop(at: $1) }
        #expect(cluster.settled.map(\.verdict) == [.interrupted] && cluster.machine.goodRevision == .one)
    }

    @Test func `while a reload only waits for old workers to end, another operation may begin`() throws {
        try cluster.reload { $0.maxSurge = .percent(100) }
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        #expect(cluster.leaving == old && cluster.settled.isEmpty)
        try cluster.scale(5)
        #expect(cluster.settled.map(\.verdict) == [.succeeded] && cluster.machine.goodRevision == .two)
        #expect(cluster.tickets.map(\.revision) == [.two])
    }

    @Test func `a reload of nothing succeeds at once`() throws {
        let cluster = SupervisorHarness(workers: 0)
        let info = try cluster.reload()
        #expect(info.verdict == .succeeded && info.progress.total == 0 && cluster.machine.goodRevision == .two)
    }

    @Test func `settings that change without a reload count only if nothing works by the old ones`() throws {
        cluster.machine.setUp(Revision(id: .two))
        #expect(cluster.machine.goodRevision == .one)
        let fresh = SupervisorHarness(workers: 1)
        fresh.machine.setUp(Revision(id: .two))
        #expect(fresh.machine.goodRevision == .two)
        try cluster.scale(0)
        cluster.machine.setUp(Revision(id: .three))
        #expect(cluster.machine.goodRevision == .three)
    }
}
