// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

/// Scale and restart as operations.
@Suite struct OperationTests {
    @Test func `a scale up is done when all workers are ready`() throws {
        let cluster = SupervisorHarness(workers: 1)
        cluster.comeUp()
        let info = try cluster.scale(3)
        #expect(info.kind == .scale && info.progress.total == 2 && !info.done)
        #expect(cluster.status.phase == .progressing)
        let workers = [cluster.fork(), cluster.fork()].compactMap(\.self)
        cluster.sign(workers[0], .online, .listening)
        #expect(cluster.settled.isEmpty && cluster.machine.operationUnderWay?.progress.replaced == 1)
        cluster.sign(workers[1], .online, .listening)
        #expect(cluster.settled.map(\.verdict) == [.succeeded])
    }

    @Test func `a scale down is done when the other workers have ended`() throws {
        let cluster = SupervisorHarness(workers: 3)
        cluster.comeUp()
        #expect(try !cluster.scale(1).done)
        #expect(cluster.machine.operationUnderWay?.phase == .draining)
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.succeeded])
    }

    @Test func `a scale to the present number is done at once`() throws {
        let cluster = SupervisorHarness(workers: 2)
        cluster.comeUp()
        let info = try cluster.scale(2)
        #expect(info.verdict == .succeeded && info.progress.total == 0 && cluster.settled == [info])
        // It may have been the number of this run only, and holds from now on.
        let told = cluster.events { $0 == .scale(from: 2, to: 2) }
        #expect(told.map(\.because?.reason) == [.scale])
    }

    @Test func `a scale whose worker fails is aborted, and the supervisor goes on trying`() throws {
        let cluster = SupervisorHarness(workers: 1)
        cluster.comeUp()
        try cluster.scale(2)
        let worker = try #require(cluster.fork())
        cluster.exit(worker, code: 9)
        #expect(cluster.settled.map(\.verdict) == [.aborted] && cluster.settled.first?.failure?.code == 9)
        #expect(cluster.settled.first?.failure?.nextTryAt != nil && cluster.machine.desired == 2)
        #expect(cluster.status.phase == .degraded)
        cluster.advance(by: .seconds(1))
        #expect(cluster.tickets.map(\.instance) == [1])
    }

    @Test func `a restart replaces the instances that it names, one at a time and new ones first`() throws {
        let cluster = SupervisorHarness(workers: 3)
        let old = cluster.comeUp()
        let info = try cluster.restart([0, 2])
        #expect(info.kind == .restart && info.progress.instances.map(\.instance) == [0, 2])
        #expect(cluster.tickets.map(\.instance) == [0] && cluster.tickets[0].revision == .one)
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        #expect(cluster.leaving == [old[0]] && cluster.tickets.map(\.instance) == [2])
        cluster.comeUp()
        cluster.advance(by: .seconds(1))
        #expect(cluster.leaving == [old[0], old[2]])
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.succeeded] && cluster.judged.isEmpty)
        #expect(cluster.infos.map(\.restarts) == [1, 0, 1])
    }

    @Test func `a restart whose worker fails is aborted, and the old worker serves on`() throws {
        let cluster = SupervisorHarness(workers: 2)
        let old = cluster.comeUp()
        try cluster.restart([1])
        let new = try #require(cluster.fork())
        cluster.exit(new)
        #expect(cluster.settled.map(\.verdict) == [.aborted] && cluster.staying == old && cluster.judged.isEmpty)
    }

    @Test func `a restart of an instance that is disconnected meanwhile is cancelled`() throws {
        let cluster = SupervisorHarness(workers: 2)
        let old = cluster.comeUp()
        try cluster.restart([1])
        cluster.perform { $0.disconnect(old[1], origin: nil, at: $1) }
        #expect(cluster.settled.map(\.verdict) == [.cancelled] && cluster.tickets.isEmpty == false)
        cluster.comeUp()
        #expect(cluster.staying == [old[0]])
    }

    @Test func `an operation emits its begin, its steps and its end`() throws {
        let cluster = SupervisorHarness(workers: 1)
        cluster.comeUp()
        try cluster.restart([0])
        let new = try #require(cluster.comeUp().first)
        cluster.advance(by: .seconds(1))
        cluster.endLeaving()
        let kinds = cluster.events.compactMap { event -> String? in
            switch event.kind {
            case .operationBegan(let info): "began \(info.id)"
            case .operationProgressed(let id, let progress):
                "\(id) \(progress.replaced)/\(progress.total) \(progress.instances.map(\.state))"
            case .operationEnded(let info): "ended \(info.id)"
            default: nil
            }
        }
        #expect(
            kinds == [
                "began op1", "op1 0/1 [Shared.OperationProgress.Step.State.underWay]",
                "op1 0/1 [Shared.OperationProgress.Step.State.underWay]",
                "op1 1/1 [Shared.OperationProgress.Step.State.replaced]", "ended op1",
            ])
        #expect(cluster.settled.first?.progress.instances.map(\.workerId) == [new])
        let operationEvents = cluster.events.filter { $0.because == SupervisorCause(.restart, origin: "request-1") }
        // With the `restart` of the instance.
        #expect(operationEvents.count == kinds.count + 1)
    }
}
