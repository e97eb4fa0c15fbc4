// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

struct ExitWordsTests {
    @Test func `the end and the line that says why make one sentence`() {
        let trace =
            "/srv/app.js:1\nthrow new Error('no database')\n^\n\nError: no database\n    at app.js:1:7\n\nNode.js v20.20.2\n"
        #expect(ExitReport(reason: .exited, code: 1, stderr: trace).inWords == "exit code 1: Error: no database")
        #expect(ExitReport(reason: .signaled, signal: .kill).inWords == "signal SIGKILL")
        #expect(ExitReport(reason: .agentLost).inWords == "its agent was killed")
        #expect(ExitReport(reason: .exited, code: 3, stderr: "\n  \nbad port\n").inWords == "exit code 3: bad port")
        #expect(ExitReport(reason: .exited, code: 3, stderr: " \n").lastWords == nil)
        #expect(
            ExitReport(reason: .exited, code: 3, stderr: String(repeating: "x", count: 999)).lastWords?.count == 200)
    }
}
