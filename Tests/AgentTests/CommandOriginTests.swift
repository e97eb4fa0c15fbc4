// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Testing

@testable import Agent

/// Who ended a worker.
struct CommandOriginTests {
    private func carried(_ requestID: String, _ principal: String) -> String {
        CommandOrigin(requestID: requestID, principal: Principal(description: principal, role: .operate)).carried
    }

    @Test(arguments: ["token:ci", "cert:CN=a\u{1F}b,O=\u{1F600}", ""])
    func `the text that the primary carries reads back`(principal: String) {
        let read = CommandOrigin(carried: carried("r 1", principal))
        #expect(read.requestID == "r 1" && read.principal == principal)
        #expect(CommandOrigin(carried: "r1").principal == nil)
    }

    @Test func `the caller of the command is named`() {
        var worker = WorkerInfo(
            id: .first, exec: "/srv/app.js", args: [], settingsRevision: 1, forkedAt: Timestamp(milliseconds: 0))
        #expect(worker.namingItsEnd == worker)
        worker.exit = ExitReport(reason: .signaled, signal: .terminate, requestId: carried("r1", "uid:0"))
        let named = worker.namingItsEnd
        #expect(named.exit?.principal == "uid:0" && named.exit?.requestId == "r1")
        #expect(named.namingItsEnd == named)
    }
}
