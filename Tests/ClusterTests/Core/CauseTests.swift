// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Which command a worker's end is put down to: only to what ended it.
@Suite struct CauseTests {
    /// What was done to a worker, in this order, how it ended, and the request that is named.
    struct Ending: Sendable, CustomTestStringConvertible {
        enum Deed: Sendable {
            case kill(String, String)
            case disconnect(String)
            case close(String)
        }

        let deeds: [Deed]
        var code: Int32?
        var signal: String?
        var expected: String?

        var testDescription: String { "\(deeds), then \(code.map { "code \($0)" } ?? signal ?? "")" }
    }

    @Test(arguments: [
        // A program handles these and goes on.
        Ending(deeds: [.kill("SIGUSR2", "a")], code: 7),
        Ending(deeds: [.kill("SIGUSR2", "a")], code: 0),
        Ending(deeds: [.kill("SIGHUP", "a")], code: 7),
        Ending(deeds: [.kill("SIGHUP", "a")], code: 0),
        Ending(deeds: [.kill("SIGCONT", "a")], signal: "SIGSEGV"),
        Ending(deeds: [.kill("SIGTERM", "a")], code: 7),
        Ending(deeds: [.kill("SIGTERM", "a")], signal: "SIGABRT"),
        // These ended it.
        Ending(deeds: [.kill("SIGHUP", "a")], signal: "SIGHUP", expected: "a"),
        Ending(deeds: [.kill("SIGHUP", "a")], code: 129, expected: "a"),
        Ending(deeds: [.kill("SIGUSR2", "a")], signal: "SIGUSR2", expected: "a"),
        Ending(deeds: [.kill("SIGTERM", "a")], signal: "SIGTERM", expected: "a"),
        Ending(deeds: [.kill("SIGTERM", "a")], code: 0, expected: "a"),
        Ending(deeds: [.kill("SIGTERM", "a")], code: 143, expected: "a"),
        Ending(deeds: [.kill("SIGINT", "a")], code: 130, expected: "a"),
        Ending(deeds: [.kill("SIGQUIT", "a")], code: 0, expected: "a"),
        // Of several, the one that fits; of those that fit, the newest.
        Ending(deeds: [.kill("SIGTERM", "a"), .kill("SIGKILL", "b")], signal: "SIGKILL", expected: "b"),
        Ending(deeds: [.kill("SIGKILL", "a"), .kill("SIGTERM", "b")], signal: "SIGKILL", expected: "a"),
        Ending(deeds: [.kill("SIGTERM", "a"), .kill("SIGUSR2", "b")], signal: "SIGTERM", expected: "a"),
        Ending(deeds: [.kill("SIGTERM", "a"), .kill("SIGTERM", "b")], code: 0, expected: "b"),
        // Nothing else ends a stopped process.
        Ending(deeds: [.kill("SIGSTOP", "a")], signal: "SIGKILL", expected: "a"),
        Ending(deeds: [.kill("SIGSTOP", "a"), .kill("SIGCONT", "b")], signal: "SIGKILL"),
        Ending(deeds: [.kill("SIGSTOP", "a"), .kill("SIGKILL", "b")], signal: "SIGKILL", expected: "b"),
        Ending(deeds: [.kill("SIGSTOP", "a")], code: 7),
        // A worker that is asked to go ends with 0.
        Ending(deeds: [.disconnect("a")], code: 0, expected: "a"),
        Ending(deeds: [.disconnect("a")], code: 7),
        Ending(deeds: [.disconnect("a")], signal: "SIGSEGV"),
        Ending(deeds: [.close("a")], code: 0, expected: "a"),
        Ending(deeds: [.close("a")], code: 7),
        Ending(deeds: [.disconnect("a"), .kill("SIGUSR2", "b")], code: 0, expected: "a"),
        Ending(deeds: [.disconnect("a"), .kill("SIGKILL", "b")], signal: "SIGKILL", expected: "b"),
        Ending(deeds: [.disconnect("a"), .close("b")], code: 0, expected: "b"),
        Ending(deeds: [], code: 0), Ending(deeds: [], signal: "SIGKILL"),
    ])
    func `only what ended a worker is its cause`(_ ending: Ending) throws {
        let cluster = MachineHarness()
        let worker = try cluster.forkOnline()
        for deed in ending.deeds {
            switch deed {
            case .kill(let name, let request): try cluster.kill(worker, #require(Signal(name)), request)
            case .disconnect(let request): try cluster.disconnect(worker, request)
            case .close(let request): try cluster.disconnect(worker, abrupt: true, request)
            }
        }
        cluster.exit(worker, code: ending.code, signal: ending.signal.flatMap { Signal($0)?.number })
        let exit = try #require(cluster.events.last { $0.kind.name == "exit" })
        #expect(exit.requestID == ending.expected)
        #expect(exit.worker?.exit?.requestId == ending.expected)
    }

    @Test func `a program's own disconnect signal is its cause, by signal and by code`() throws {
        let cluster = MachineHarness { $0.settings.disconnectSignal = Signal("SIGUSR1") }
        for (code, signal) in [(0, nil), (138, nil), (nil, 10)] as [(Int32?, Int32?)] {
            let worker = try cluster.fork()
            try cluster.disconnect(worker, "a")
            cluster.exit(worker, code: code, signal: signal)
            let exit = try #require(cluster.events.last { $0.kind.name == "exit" })
            #expect(exit.requestID == "a" && exit.worker?.exit?.reason == .disconnected)
        }
    }

    @Test(arguments: [("SIGUSR2", false), ("SIGHUP", false), ("SIGCONT", false), ("SIGTERM", true), ("SIGKILL", true)])
    func `the end of the channel names a command that ends workers`(_ name: String, _ isNamed: Bool) throws {
        let cluster = MachineHarness()
        let worker = try cluster.forkOnline()
        try cluster.kill(worker, #require(Signal(name)), "a")
        cluster.endChannel(worker)
        #expect(cluster.events.last?.requestID == (isNamed ? "a" : nil))
    }

    @Test func `messages to a worker cannot fill the memory`() throws {
        let cluster = MachineHarness()
        let worker = try cluster.forkOnline()
        for number in 0..<1000 { try cluster.kill(worker, .hangup, "r\(number)") }
        cluster.exit(worker, code: nil, signal: Signal.hangup.number)
        #expect(cluster.events.last?.requestID == "r999")
    }
}
