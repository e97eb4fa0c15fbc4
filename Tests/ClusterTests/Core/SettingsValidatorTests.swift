// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct SettingsValidatorTests {
    func field(_ change: (inout ClusterSettings) -> Void) -> String? {
        var settings = ClusterSettings()
        settings.exec = "a"
        change(&settings)
        do {
            try SettingsValidator.validate(settings)
            return nil
        } catch {
            return error.reason == .invalidField && error.status == .invalidArgument ? error.metadata["field"] : "?"
        }
    }

    @Test func `settings that a worker can be started with pass`() {
        #expect(field { _ in } == nil)
        #expect(field { $0.exec = nil } == nil)
        #expect(field { $0.stdio = [.ignore, .inherit, .descriptor(7), .ipc] } == nil)
        #expect(field { $0.stdio = Array(repeating: .ignore, count: 63) + [.ipc] } == nil)
        #expect(field { $0.inspectPort = 0 } == nil)
        #expect(field { $0.inspectPort = 65535 } == nil)
    }

    @Test func `an empty exec and a NUL in any text are refused by name`() {
        #expect(field { $0.exec = "" } == "exec")
        #expect(field { $0.exec = "a\0b" } == "exec")
        #expect(field { $0.args = ["ok", "\0"] } == "args")
        #expect(field { $0.execArgv = ["\0"] } == "execArgv")
        #expect(field { $0.execPath = "no\0de" } == "execPath")
        #expect(field { $0.cwd = "\0" } == "cwd")
    }

    @Test func `stdio has exactly one channel and at most 64 entries`() {
        #expect(field { $0.stdio = [] } == "stdio")
        #expect(field { $0.stdio = [.inherit, .inherit, .inherit] } == "stdio")
        #expect(field { $0.stdio = [.ipc, .ipc] } == "stdio")
        #expect(field { $0.stdio = Array(repeating: .ignore, count: 64) + [.ipc] } == "stdio")
    }

    @Test(arguments: [-1, 65536, Int.max, Int.min])
    func `an inspector port out of range is refused`(_ port: Int) {
        #expect(field { $0.inspectPort = port } == "inspectPort")
    }

    @Test func `a signal that does nothing and too many sockets are refused`() {
        #expect(field { $0.disconnectSignal = .test } == "disconnectSignal")
        let url = ListenURL("tcp://0.0.0.0:0")
        #expect(field { $0.listen = Array(repeating: url!, count: 65) } == "listen")
        #expect(field { $0.listen = Array(repeating: url!, count: 64) } == nil)
    }

    @Test(arguments: ["tcp://0.0.0.0:80", "udp://[::]:53", "unix:///run/x"])
    func `a socket is named once`(_ text: String) throws {
        let url = try ListenURL(parsing: text)
        let again = try ListenURL(parsing: text + "#other")
        let free = try ListenURL(parsing: "tcp://0.0.0.0:0")
        #expect(field { $0.listen = [url, free, again] } == "listen")
        #expect(field { $0.listen = [url, free, free] } == nil)
    }

    @Test(arguments: [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0")])
    func `an environment that execve could not take is refused`(_ name: String, _ value: String) {
        let error = #expect(throws: ClusterError.self) { try SettingsValidator.validate(environment: [name: value]) }
        #expect(error?.metadata["field"] == "env")
    }

    @Test func `an environment may be empty, have empty values and any other letter`() throws {
        try SettingsValidator.validate(environment: ["A": "", "Ü b": "=\n"])
    }
}
