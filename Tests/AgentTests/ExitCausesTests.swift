// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Agent

/// Who ended a worker, and whether it was the agent's own end.
struct ExitCausesTests {
    private func worker(wasAsked: Bool) -> WorkerInfo {
        var worker = WorkerInfo(
            id: .first, exec: "/srv/app.js", args: [], settingsRevision: 1, forkedAt: Timestamp(milliseconds: 0))
        worker.exitedAfterDisconnect = wasAsked
        return worker
    }

    @Test func theCallerOfTheCommandIsNamed() {
        let causes = ExitCauses()
        causes.willRun("r1", for: "uid:0")
        let exit = ExitReport(reason: .signaled, signal: .terminate, requestId: "r1")
        #expect(causes.completed(exit, of: worker(wasAsked: false)).principal == "uid:0")
        let other = ExitReport(reason: .signaled, signal: .terminate, requestId: "r2")
        #expect(causes.completed(other, of: worker(wasAsked: false)).principal == nil)
    }

    @Test func callersAreForgottenInTheEnd() {
        let causes = ExitCauses()
        for number in 0..<50_000 { causes.willRun("r\(number)", for: "uid:\(number)") }
        func principal(_ number: Int) -> String? {
            causes.completed(
                ExitReport(reason: .exited, requestId: "r\(number)"), of: worker(wasAsked: false)
            ).principal
        }
        #expect(principal(0) == nil)
        #expect(principal(49_999) == "uid:49999")
        #expect(principal(45_000) == "uid:45000")
    }

    @Test func beforeTheAgentStopsAReasonStays() {
        let exit = ExitReport(reason: .disconnected, code: 0)
        #expect(ExitCauses().completed(exit, of: worker(wasAsked: true)) == exit)
    }

    @Test(arguments: [
        (ExitReport(reason: .disconnected, code: 0), true, ExitReport.Reason.agentStopped),
        (ExitReport(reason: .signaled, signal: .kill), true, .agentStopped),
        (ExitReport(reason: .signaled, signal: .kill), false, .agentStopped),
        (ExitReport(reason: .disconnected, code: 0, requestId: "r1"), true, .disconnected),
        (ExitReport(reason: .signaled, signal: .interrupt), false, .signaled),
        (ExitReport(reason: .exited, code: 1), false, .exited),
        (ExitReport(reason: .spawnFailed), true, .spawnFailed),
    ])
    func whenTheAgentStopsItsWorkersGoBecauseOfThat(
        exit: ExitReport, wasAsked: Bool, expected: ExitReport.Reason
    ) {
        let causes = ExitCauses()
        causes.agentStops()
        #expect(causes.completed(exit, of: worker(wasAsked: wasAsked)).reason == expected)
    }
}
