// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Which sockets stay open without a worker while a supervisor says which workers are to come.
@Suite struct ExpectationTests {
    let cluster = MachineHarness()

    private func expect(isEmpty: Bool = false, isReplacementDue: Bool) {
        cluster.machine.expect(
            WorkerExpectation(isEmpty: isEmpty, isReplacementDue: isReplacementDue, listen: []))
        cluster.run()
    }

    @Test func `a socket stays while a replacement is due, and closes when none is`() throws {
        expect(isReplacementDue: false)
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.endChannel(worker)
        expect(isReplacementDue: true)
        #expect(cluster.machine.status.handles.map(\.workers) == [[]])
        expect(isReplacementDue: false)
        #expect(cluster.machine.status.handles.isEmpty)
    }

    @Test func `if no worker is wanted, sockets close with the last of them, as under Node`() throws {
        expect(isEmpty: true, isReplacementDue: false)
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.exit(worker)
        cluster.endChannel(worker)
        #expect(cluster.machine.status.handles.isEmpty)
    }

    @Test func `the supervisor's fork has settings of its own and no limit`() throws {
        var settings = ClusterSettings()
        settings.exec = "other.js"
        let order = try cluster.machine.orderSupervisedFork(
            settings, environment: ["A": "1"], instance: 0, requestID: "r1")
        let worker = try #require(cluster.forkNext(order))
        #expect(cluster.machine.workers[worker]?.info.exec == "other.js")
        #expect(cluster.workers[worker]?.environment == ["A": "1"])
        let error = #expect(throws: ClusterError.self) {
            try cluster.machine.orderSupervisedFork(ClusterSettings(), environment: [:], instance: 0, requestID: nil)
        }
        #expect(error?.reason == .execNotSet)
    }
}
