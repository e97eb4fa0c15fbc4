// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

/// How many instances there are, which numbers they have, and what the commands mean.
@Suite struct InstanceTests {
    @Test func `a start forks as many as the configuration says, numbered from 0`() {
        let cluster = SupervisorHarness(workers: 3)
        #expect(cluster.tickets.map(\.instance) == [0, 1, 2])
        #expect(cluster.tickets.allSatisfy { $0.revision == .one && $0.because == SupervisorCause(.start) })
        #expect(cluster.scales == [[0, 3]])
        cluster.comeUp()
        #expect(cluster.states == [.ready, .ready, .ready] && cluster.status.phase == .stable)
    }

    @Test func `a scale up takes the lowest free numbers`() throws {
        let cluster = SupervisorHarness(workers: 4)
        let workers = cluster.comeUp()
        cluster.perform { $0.disconnect(workers[1], origin: "a", at: $1) }
        #expect(cluster.infos.map(\.instance) == [0, 2, 3] && cluster.scales.last == [4, 3])
        try cluster.scale(5)
        #expect(cluster.tickets.map(\.instance) == [1, 4])
    }

    @Test func `a scale down removes the highest numbers`() throws {
        let cluster = SupervisorHarness(workers: 4)
        let workers = cluster.comeUp()
        try cluster.scale(2)
        #expect(cluster.leaving == [workers[2], workers[3]] && cluster.infos.map(\.instance) == [0, 1])
        let ladder = DrainLadder(drain: .seconds(30), kill: .seconds(5))
        #expect(cluster.workers[workers[3]]?.leaving?.ladder == ladder)
        #expect(cluster.workers[workers[3]]?.leaving?.because == SupervisorCause(.scale, origin: "request-1"))
    }

    @Test func `a disconnect of a supervised worker lowers the desired number by one`() {
        let cluster = SupervisorHarness(workers: 2)
        let workers = cluster.comeUp()
        #expect(cluster.perform { $0.disconnect(workers[0], origin: "a", at: $1) })
        cluster.exit(workers[0], code: 0)
        cluster.advance(by: .seconds(100))
        #expect(cluster.tickets.isEmpty && cluster.machine.desired == 1)
        #expect(cluster.events.last?.because == SupervisorCause(.disconnect, origin: "a"))
        // Of a worker that is not supervised, or is on its way, the supervisor knows nothing.
        #expect(!cluster.perform { $0.disconnect(workers[0], origin: "a", at: $1) })
    }

    @Test func `a disconnect of the cluster sets the desired number to 0`() {
        let cluster = SupervisorHarness(workers: 3)
        let workers = cluster.comeUp()
        cluster.perform { $0.disconnectAll(origin: "a", at: $1) }
        #expect(cluster.leaving == workers && cluster.machine.desired == 0 && cluster.scales.last == [3, 0])
        cluster.endLeaving()
        cluster.advance(by: .seconds(100))
        #expect(cluster.tickets.isEmpty && cluster.status.phase == .stable)
    }

    @Test(arguments: [RestartPolicy.always, .onFailure])
    func `a killed worker is replaced at once and has not failed`(_ policy: RestartPolicy) {
        let cluster = SupervisorHarness(workers: 1) { $0.restart = policy }
        let workers = cluster.comeUp()
        cluster.exit(workers[0], signal: .kill, because: .command)
        #expect(cluster.tickets.map(\.instance) == [0])
        #expect(cluster.tickets.first?.because == SupervisorCause(.kill, origin: "kill-1"))
        #expect(cluster.status.lastFailure == nil && cluster.infos.first?.failuresInARow == 0)
        #expect(cluster.status.phase == .progressing && cluster.infos.first?.restarts == 1)
    }

    @Test func `a killed worker is not replaced if the policy is never`() {
        let cluster = SupervisorHarness(workers: 2) { $0.restart = .never }
        let workers = cluster.comeUp()
        cluster.exit(workers[0], signal: .kill, because: .command)
        #expect(cluster.tickets.isEmpty && cluster.machine.desired == 1)
    }

    @Test(
        arguments: [
            (RestartPolicy.always, 0, nil, true), (.always, 1, nil, true), (.onFailure, 0, nil, false),
            (.onFailure, 1, nil, true), (.onFailure, nil, Signal.terminate, true), (.never, 1, nil, false),
            (.never, nil, Signal.kill, false),
        ] as [(RestartPolicy, Int32?, Signal?, Bool)])
    func `the policy decides which ends are followed by another worker`(
        _ policy: RestartPolicy, _ code: Int32?, _ signal: Signal?, _ isReplaced: Bool
    ) {
        let cluster = SupervisorHarness(workers: 2) { $0.restart = policy }
        let workers = cluster.comeUp()
        cluster.exit(workers[1], code: code, signal: signal)
        cluster.advance(by: .seconds(1))
        #expect(cluster.tickets.map(\.instance) == (isReplaced ? [1] : []))
        #expect(cluster.machine.desired == (isReplaced ? 2 : 1))
        if !isReplaced { #expect(cluster.events.last?.because == SupervisorCause(.policy)) }
    }

    @Test func `a fork that comes too late is asked to leave`() throws {
        let cluster = SupervisorHarness(workers: 2)
        let late = try #require(cluster.tickets.last)
        try cluster.scale(1)
        let worker = try #require(cluster.fork(late))
        #expect(cluster.leaving == [worker] && cluster.machine.desired == 1)
        #expect(cluster.workers[worker]?.leaving?.because == SupervisorCause(.withdrawn))
    }

    @Test func `numbers out of range are refused by name`() {
        let cluster = SupervisorHarness(workers: 1, maxInstances: 4)
        for count in [-1, 5] {
            let error = #expect(throws: ClusterError.self) { try cluster.scale(count) }
            #expect(error?.reason == .invalidField && error?.metadata["field"] == "workers")
            #expect(error?.message == "workers must be 0 to 4")
        }
        let missing = #expect(throws: ClusterError.self) { try cluster.restart([0, 7]) }
        #expect(missing?.reason == .instanceNotFound && missing?.metadata["instance"] == "7")
    }

    @Test func `what is set up while workers are wanted counts once none is`() throws {
        let cluster = SupervisorHarness(workers: 1)
        let old = cluster.comeUp()
        cluster.machine.setUp(Revision(id: .two))
        cluster.exit(old[0])
        cluster.advance(by: .seconds(1))
        #expect(cluster.tickets.map(\.revision) == [.one])
        cluster.comeUp()
        try cluster.scale(0)
        #expect(cluster.machine.goodRevision == .two && cluster.machine.revisionsInUse == [.two])
        try cluster.scale(1)
        #expect(cluster.tickets.map(\.revision) == [.two])
    }

    @Test func `a reload takes what was set up before it, and leaves what is set up during it`() throws {
        let cluster = SupervisorHarness(workers: 1)
        cluster.comeUp()
        cluster.machine.setUp(Revision(id: .two))
        try cluster.reload(.three)
        cluster.comeUp()
        cluster.machine.setUp(Revision(id: RevisionID(rawValue: 4)))
        cluster.advance(by: .seconds(1))
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.succeeded] && cluster.machine.goodRevision == .three)
        cluster.perform { $0.disconnectAll(origin: nil, at: $1) }
        #expect(cluster.machine.goodRevision == RevisionID(rawValue: 4))
    }

    @Test func `without a program no workers can be wanted`() {
        var machine = SupervisorStateMachine(policy: SupervisionPolicy(), maxInstances: 8, seed: 1)
        let now = Moment(instant: .now, time: Timestamp(milliseconds: 0))
        let request = OperationRequest(id: OperationID(rawValue: "a"))
        let error = #expect(throws: ClusterError.self) { _ = try machine.scale(to: 1, request, at: now) }
        #expect(error?.reason == .execNotSet)
        #expect(throws: Never.self) { try machine.start(workers: 0, at: now) }
    }

    @Test func `after a stop nothing is forked and commands are refused`() throws {
        let cluster = SupervisorHarness(workers: 2)
        let workers = cluster.comeUp()
        cluster.exit(workers[0])
        cluster.perform { $0.stop(at: $1) }
        cluster.exit(workers[1], code: 0)
        cluster.advance(by: .seconds(100))
        #expect(cluster.tickets.isEmpty && cluster.leaving.isEmpty)
        let error = #expect(throws: ClusterError.self) { try cluster.scale(1) }
        #expect(error?.reason == .shuttingDown)
    }
}
