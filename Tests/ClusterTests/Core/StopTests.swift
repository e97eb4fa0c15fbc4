// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// The end of the primary.
@Suite struct StopTests {
    let cluster = MachineHarness()

    private func end(_ worker: WorkerID, code: Int32? = 0, signal: Int32? = nil) {
        cluster.exit(worker, code: code, signal: signal)
        if cluster.workers[worker]?.isConnected == true { cluster.endChannel(worker) }
    }

    @Test func `the end is reported when the last worker is gone`() throws {
        let workers = [try cluster.forkOnline(), try cluster.forkOnline()]
        cluster.stop(within: .seconds(8))
        #expect(workers.allSatisfy { cluster.workers[$0]?.messages == [.disconnect] })
        end(workers[0])
        cluster.exit(workers[1])
        #expect(cluster.stops.isEmpty)
        cluster.endChannel(workers[1])
        #expect(cluster.stops == [[]])
    }

    @Test func `without workers the end is reported at once, however often`() {
        cluster.stop(within: .seconds(8))
        cluster.stop(within: .seconds(8))
        #expect(cluster.stops == [[], []])
    }

    @Test func `workers get SIGTERM and SIGKILL, and an unkillable one is given up a second later`() throws {
        let worker = try cluster.forkOnline()
        cluster.stop(within: .seconds(8))
        cluster.advance(by: .seconds(8))
        #expect(cluster.workers[worker]?.signals == [.terminate, .resume])
        #expect(cluster.workers[worker]?.sessionSignals == [.kill] && cluster.stops.isEmpty)
        cluster.advance(by: .seconds(1))
        #expect(cluster.stops == [[worker]])
    }

    @Test func `a second stop may shorten the grace, and not lengthen it`() throws {
        let worker = try cluster.forkOnline()
        cluster.stop(within: .seconds(600))
        cluster.stop(within: .seconds(900))
        cluster.advance(by: .seconds(1))
        cluster.stop(within: .zero)
        #expect(cluster.workers[worker]?.sessionSignals == [.kill])
        cluster.advance(by: .seconds(1))
        #expect(cluster.stops == [[worker]])
    }

    @Test func `an earlier deadline stays`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, within: .seconds(2), "a")
        cluster.stop(within: .seconds(8))
        cluster.advance(by: .seconds(2))
        #expect(cluster.workers[worker]?.sessionSignals == [.kill])
        end(worker, code: nil, signal: 9)
        #expect(cluster.events.last { $0.kind.name == "exit" }?.requestID == "a")
    }

    @Test func `commands are refused from then on`() throws {
        let worker = try cluster.forkOnline()
        cluster.stop(within: .seconds(8))
        let machine = cluster.machine
        func reason<Result>(_ command: (inout PrimaryStateMachine) throws(ClusterError) -> Result) -> ErrorReason? {
            var copy = machine
            do throws(ClusterError) {
                _ = try command(&copy)
                return nil
            } catch {
                return error.reason
            }
        }
        let now = cluster.instant
        let reasons = [
            reason { machine throws(ClusterError) in try machine.checkFork(count: 1) },
            reason { machine throws(ClusterError) in
                try machine.orderFork(count: 1, environment: [:], requestID: nil)
            },
            reason { machine throws(ClusterError) in
                try machine.setupPrimary(SettingsPatch(), requestID: nil, at: Timestamp(milliseconds: 0))
            },
            reason { machine throws(ClusterError) in
                try machine.disconnect(worker, abrupt: false, within: nil, requestID: nil, at: .now, now: now)
            },
            reason { machine throws(ClusterError) in
                try machine.disconnectAll(within: nil, requestID: nil, at: .now, now: now)
            },
            reason { machine throws(ClusterError) in try machine.kill(worker, signal: .kill, requestID: nil) },
            reason { machine throws(ClusterError) in try machine.checkSend(to: worker) },
        ]
        #expect(reasons == Array(repeating: .shuttingDown, count: reasons.count))
    }

    @Test(
        arguments: [
            (0, nil, ExitReport.Reason.agentStopped), (143, nil, .agentStopped), (7, nil, .agentStopped),
            (nil, 15, .agentStopped), (nil, 9, .agentStopped), (nil, 11, .signaled), (nil, 6, .agentStopped),
        ] as [(Int32?, Int32?, ExitReport.Reason)])
    func `the workers' ends count as the stop's, unless they crash`(
        _ code: Int32?, _ signal: Int32?, _ reason: ExitReport.Reason
    ) throws {
        let worker = try cluster.forkOnline()
        cluster.stop(within: .seconds(8))
        cluster.advance(by: .seconds(8))
        end(worker, code: code, signal: signal)
        let exit = try #require(cluster.events.last { $0.kind.name == "exit" })
        #expect(exit.worker?.exit?.reason == reason && exit.requestID == nil)
    }

    @Test func `a worker that somebody had asked to leave left because of that`() throws {
        let worker = try cluster.forkOnline()
        try cluster.disconnect(worker, "a")
        cluster.stop(within: .seconds(8))
        end(worker)
        let exit = try #require(cluster.events.last { $0.kind.name == "exit" })
        #expect(exit.worker?.exit?.reason == .disconnected && exit.requestID == "a")
    }

    @Test func `the stop waits for what workers leave behind, by the same deadline`() throws {
        let worker = try cluster.forkOnline()
        cluster.stop(within: .seconds(8))
        cluster.advance(by: .seconds(1))
        cluster.exit(worker, survivors: [41])
        cluster.endChannel(worker)
        cluster.advance(by: .milliseconds(6999))
        #expect(cluster.workers[worker]?.sessionSignals == [.terminate] && cluster.stops.isEmpty)
        cluster.advance(by: .milliseconds(1))
        #expect(cluster.workers[worker]?.sessionSignals == [.terminate, .kill])
        cluster.endSession(worker)
        cluster.advance(by: .milliseconds(200))
        #expect(cluster.stops == [[]])
    }

    @Test func `processes that were left behind earlier get less time`() throws {
        let worker = try cluster.forkOnline()
        cluster.exit(worker, survivors: [41])
        cluster.endChannel(worker)
        cluster.stop(within: .zero)
        #expect(cluster.workers[worker]?.sessionSignals == [.terminate, .kill])
        cluster.endSession(worker)
        cluster.advance(by: .seconds(1))
        #expect(cluster.stops == [[]])
    }

    @Test func `a socket closes when the primary stops`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        cluster.stop(within: .seconds(8))
        #expect(cluster.machine.handles.isEmpty)
    }
}
