// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Agent

/// What a signal does before there is anything to end, and what a second one does.
@Suite(.timeLimit(.minutes(1))) struct EndRequestsTests {
    @Test func `a start goes on until it is told to end`() throws {
        let requests = EndRequests()
        try requests.checkStart()
        requests.didStart()
        requests.didCome(by: SIGTERM)
    }

    @Test func `a start ends at its next step`() async {
        await #expect(processExitsWith: .success) {
            let requests = EndRequests()
            requests.didCome(by: SIGTERM)
            #expect(throws: EndRequests.Interruption.self) { try requests.checkStart() }
        }
    }

    @Test func `a step that hangs ends with the process`() async {
        await #expect(processExitsWith: .exitCode(128 + SIGTERM)) {
            let requests = EndRequests()
            requests.didCome(by: SIGTERM)
            while true { pause() }
        }
    }

    @Test func `a second signal ends a start at once`() async {
        await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
            let requests = EndRequests()
            requests.didCome(by: SIGTERM)
            requests.didCome(by: SIGINT)
            while true { pause() }
        }
    }

    @Test func `a second signal ends an end that hangs`() async {
        await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
            let requests = EndRequests()
            requests.didStart()
            requests.didCome(by: SIGTERM)
            requests.didCome(by: SIGINT)
            while true { pause() }
        }
    }
}
