// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Agent

/// Who ended a worker.
struct ExitCausesTests {
    private func principal(of exit: ExitReport, by causes: ExitCauses) -> String? {
        var worker = WorkerInfo(
            id: .first, exec: "/srv/app.js", args: [], settingsRevision: 1, forkedAt: Timestamp(milliseconds: 0))
        worker.exit = exit
        return causes.completed(worker).exit?.principal
    }

    @Test func theCallerOfTheCommandIsNamed() {
        let causes = ExitCauses()
        causes.willRun("r1", for: "uid:0")
        let exit = ExitReport(reason: .signaled, signal: .terminate, requestId: "r1")
        #expect(principal(of: exit, by: causes) == "uid:0")
        let other = ExitReport(reason: .signaled, signal: .terminate, requestId: "r2")
        #expect(principal(of: other, by: causes) == nil)
    }

    @Test func callersAreForgottenInTheEnd() {
        let causes = ExitCauses()
        for number in 0..<50_000 { causes.willRun("r\(number)", for: "uid:\(number)") }
        func principal(_ number: Int) -> String? {
            self.principal(of: ExitReport(reason: .exited, requestId: "r\(number)"), by: causes)
        }
        #expect(principal(0) == nil)
        #expect(principal(49_999) == "uid:49999")
        #expect(principal(45_000) == "uid:45000")
    }
}
