// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Agent

struct PrimaryScriptTests {
    private typealias Machine = PrimaryScriptStateMachine

    private func running() -> PrimaryScriptStateMachine {
        var machine = Machine()
        machine.didStart()
        return machine
    }

    @Test func `a signal before the start is the agent's`() {
        var machine = Machine()
        #expect(machine.didReceive(.end(signal: SIGTERM)) == nil)
        #expect(machine.didReceive(.tell(signal: SIGHUP)) == nil)
    }

    @Test func `the first signal to end goes to the script, the second to the agent`() {
        var machine = running()
        #expect(machine.didReceive(.end(signal: SIGINT)) == [.pass(signal: SIGINT), .startTimer])
        #expect(machine.didReceive(.end(signal: SIGTERM)) == nil)
    }

    @Test func `other signals go to the script as long as it lives`() {
        var machine = running()
        #expect(machine.didReceive(.tell(signal: SIGUSR2)) == [.pass(signal: SIGUSR2)])
        _ = machine.didReceive(.end(signal: SIGTERM))
        #expect(machine.didReceive(.tell(signal: SIGHUP)) == [.pass(signal: SIGHUP)])
        _ = machine.didExit()
        #expect(machine.didReceive(.tell(signal: SIGHUP)) == [])
    }

    @Test func `its end stops the agent once`() {
        var machine = running()
        #expect(machine.didExit() == [.stopAgent])
        #expect(machine.didWait() == [])
        #expect(machine.didReceive(.end(signal: SIGTERM)) == nil)
    }

    @Test func `a script that does not end in time stops the agent once`() {
        var machine = running()
        #expect(machine.didWait() == [])
        _ = machine.didReceive(.end(signal: SIGTERM))
        #expect(machine.didWait() == [.stopAgent])
        #expect(machine.didExit() == [])
    }
}
