// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@Suite("Settings of workers", .serialized, .timeLimit(.minutes(1)))
struct SettingsTests {
    /// What a worker with these settings says of itself.
    private static func report(
        _ settings: (inout ClusterSettings) -> Void, environment: [String: String] = [:],
        configuration: (inout PrimaryConfiguration) -> Void = { _ in }
    ) async throws -> JSONValue {
        var report = JSONValue.null
        try await withPrimary("report.js", settings: settings, configuration: configuration) { cluster in
            let id = try await cluster.primary.fork(environment: environment)[0].id
            report = try await cluster.log.message(1, of: id)
        }
        return report
    }

    @Test("args come after the script and execArgv before it")
    func arguments() async throws {
        let report = try await Self.report {
            $0.args = ["", "a b", "é", "--x"]
            $0.execArgv = ["--no-warnings", "--stack-trace-limit=5"]
        }
        #expect(report["argv"] == ["", "a b", "é", "--x"])
        #expect(report["execArgv"] == ["--no-warnings", "--stack-trace-limit=5"])
    }

    @Test("cwd is the worker's directory")
    func directory() async throws {
        try await withTemporaryDirectory { directory in
            let report = try await Self.report { $0.cwd = directory.path }
            #expect(report["cwd"] == .string(directory.path))
        }
    }

    @Test("a fork's environment is set over the configured one, and Node's own names over both")
    func environment() async throws {
        let report = try await Self.report(
            { _ in }, environment: ["A": "fork", "NODE_UNIQUE_ID": "77", "NODE_CHANNEL_FD": "78"],
            configuration: {
                $0.environment["A"] = "primary"
                $0.environment["B"] = "primary"
            })
        #expect(report["env"]?["A"] == "fork" && report["env"]?["B"] == "primary")
        #expect(report["id"] == 1)
    }

    @Test("the worker's program does not see the variables of its channel")
    func cleanEnvironment() async throws {
        let report = try await Self.report { _ in }
        #expect(report["uniqueID"] == .null && report["channel"] == .null)
    }

    @Test("the environment of a fork does not appear in events, workers or settings")
    func secrets() async throws {
        try await withPrimary("idle.js") { cluster in
            let info = try await cluster.primary.fork(environment: ["TOKEN": "s3cret-value"])[0]
            _ = try await cluster.primary.kill(info.id)
            try await cluster.end(of: info.id)
            let events = await cluster.log.events.map { String(reflecting: $0) }.joined()
            let status = String(reflecting: await cluster.primary.status) + String(reflecting: info)
            #expect(!events.contains("s3cret") && !status.contains("s3cret"))
        }
    }

    @Test("a name or value that no environment can hold is refused", arguments: ["", "A=B", "A\0"])
    func badEnvironment(_ name: String) async throws {
        try await withPrimary("idle.js") { cluster in
            let error = await #expect(throws: ClusterError.self) {
                try await cluster.primary.fork(environment: [name: "x"])
            }
            #expect(error?.reason == .invalidField)
            #expect(await cluster.primary.workers.isEmpty)
        }
    }

    @Test("the channel can stand on any descriptor")
    func channelElsewhere() async throws {
        try await withPrimary("echo.js", settings: { $0.stdio = [.ignore, .ignore, .ignore, .ignore, .ipc] }) {
            cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send("1", to: id)
            #expect(try await cluster.log.message(1, of: id) == 1)
        }
    }

    @Test("stdio without exactly one channel is refused", arguments: [[StdioEntry.ignore], [.ipc, .ipc]])
    func noChannel(_ stdio: [StdioEntry]) async throws {
        try await withPrimary("idle.js") { cluster in
            var patch = SettingsPatch()
            patch.stdio = .set(stdio)
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.setupPrimary(patch) }
            #expect(error?.reason == .invalidField)
        }
    }

    @Test("a descriptor that the primary does not have is refused before the fork")
    func badDescriptor() async throws {
        try await withPrimary("idle.js", settings: { $0.stdio = [.ignore, .ignore, .ignore, .ipc, .descriptor(4000)] })
        {
            cluster in
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.fork() }
            #expect(error?.status == .failedPrecondition && error?.reason == .stdioNotOpen)
            #expect(error?.metadata == ["field": "stdio[4]", "descriptor": "4000"])
            #expect(await cluster.primary.workers.isEmpty)
        }
    }

    @Test("a descriptor that belongs to the primary is refused too")
    func ownDescriptor() async throws {
        let file = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        let settings = { (settings: inout ClusterSettings) in
            settings.stdio = [.ignore, .ignore, .descriptor(Int(file)), .ipc]
        }
        try await withPrimary("idle.js", settings: settings) { cluster in
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.fork() }
            #expect(error?.reason == .stdioNotOpen && error?.metadata["field"] == "stdio[2]")
        }
    }

    @Test("a cwd that is missing or not a directory is refused, with the reason", arguments: [true, false])
    func badDirectory(_ exists: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "file").path
            if exists { try Data().write(to: URL(filePath: path)) }
            try await withPrimary("idle.js", settings: { $0.cwd = path }) { cluster in
                let error = await #expect(throws: ClusterError.self) { try await cluster.primary.fork() }
                #expect(error?.reason == .cwdNotFound)
                #expect(error?.message.contains(exists ? "is not a directory" : "does not exist") == true)
            }
        }
    }

    @Test("a descriptor of the primary can be a worker's output")
    func output() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "out").path
            let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            defer { close(file) }
            let settings = { (settings: inout ClusterSettings) in
                settings.args = ["3"]
                settings.stdio = [.ignore, .descriptor(Int(file)), .descriptor(Int(file)), .ipc]
            }
            try await withPrimary(
                "write-output.js", settings: settings, configuration: { $0.inheritedDescriptors = [file] }
            ) { cluster in
                _ = try await cluster.firstMessageOfFork()
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "oooto error\n")
            }
        }
    }

    @Test("a worker with `silent` never waits for a reader of its output")
    func silent() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.args = ["\(8 << 20)"]
            settings.silent = true
        }
        try await withPrimary("write-output.js", settings: settings) { cluster in
            let reply = try await cluster.firstMessageOfFork()
            #expect(reply == "written")
        }
    }

    @Test("windowsHide is kept, and changes nothing here")
    func windowsHide() async throws {
        try await withPrimary("report.js", settings: { $0.windowsHide = true }) { cluster in
            let report = try await cluster.firstMessageOfFork()
            #expect(report["id"] == 1)
            #expect(await cluster.primary.settings.windowsHide == true)
        }
    }

    @Test("a worker leads a session of its own, which a terminal's Ctrl-C does not reach")
    func session() async throws {
        try await withPrimary("idle.js") { cluster in
            let pid = try #require(try await cluster.primary.fork()[0].pid)
            #expect(getpgid(pid) == pid)
            #expect(getsid(pid) == pid)
        }
    }

    @Test("a worker gets its uid and gid, by number or name", .enabled(if: geteuid() == 0, "only root may change them"))
    func account() async throws {
        try await withReadableCopy(of: workerScript("report.js")) { script in
            for (uid, gid) in [(Account.number(65534), Account.number(65534)), (.name("nobody"), .name("nogroup"))] {
                let report = try await Self.report {
                    $0.exec = script
                    $0.uid = uid
                    $0.gid = gid
                }
                #expect(report["uid"] == 65534 && report["gid"] == 65534)
                #expect(report["groups"] == [65534] || report["groups"] == [])
            }
        }
    }

    @Test("an account that does not exist is refused")
    func unknownAccount() async throws {
        try await withPrimary("idle.js", settings: { $0.uid = .name("no such user") }) { cluster in
            let error = await #expect(throws: ClusterError.self) { try await cluster.fork() }
            #expect(error?.reason == .unknownAccount)
        }
    }

    @Test("each worker under the inspector gets the next port")
    func inspectPorts() async throws {
        // The inspector itself stays off: only its port is set.
        try await withPrimary("report.js", settings: { $0.execArgv = ["--inspect-port=20000"] }) { cluster in
            var ports: [JSONValue?] = []
            for id in try await cluster.primary.fork(count: 2).map(\.id) {
                ports.append(try await cluster.log.message(1, of: id)["debugPort"])
            }
            #expect(ports == [20001, 20002])
        }
    }

    @Test("inspectPort is every worker's port")
    func inspectPort() async throws {
        let report = try await Self.report {
            $0.execArgv = ["--inspect-port=20000"]
            $0.inspectPort = 30000
        }
        #expect(report["debugPort"] == 30000)
    }

    @Test("without an inspector nothing is added to the arguments")
    func noInspector() async throws {
        #expect(try await Self.report { $0.inspectPort = 30000 }["execArgv"] == [])
    }

    @Test("setupPrimary changes future workers and no others")
    func setupPrimary() async throws {
        try await withPrimary("report.js", settings: { $0.args = ["old"] }) { cluster in
            let old = try await cluster.fork()
            var patch = SettingsPatch()
            patch.args = .set(["new"])
            let settings = try await cluster.primary.setupPrimary(patch)
            #expect(settings.args == ["new"] && settings.exec == workerScript("report.js"))
            let new = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: old)["argv"] == ["old"])
            #expect(try await cluster.log.message(1, of: new)["argv"] == ["new"])
            #expect(await cluster.primary.worker(new)?.settingsRevision == settings.revision)
        }
    }
}
