// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

// What workers run.
extension SettingsTests {
    @Test("a relative exec begins in cwd")
    func relativeExec() async throws {
        try await withTemporaryDirectory { directory in
            let text = "process.send(__filename)"
            try Data(text.utf8).write(to: directory.appending(path: "app.js"))
            let settings = { (settings: inout ClusterSettings) in
                settings.exec = "app"
                settings.cwd = directory.path
            }
            try await withPrimary("idle.js", settings: settings) { cluster in
                let id = try await cluster.fork()
                #expect(try await cluster.log.message(1, of: id) == .string(directory.path + "/app.js"))
            }
        }
    }

    @Test("a program that cannot be run is refused before a worker is made")
    func badExec() async throws {
        let cases: [(exec: String?, execPath: String?, ErrorReason)] = [
            (nil, nil, .execNotSet), ("/no/such.js", nil, .execNotFound), ("/tmp", nil, .execNotExecutable),
            ("/etc/passwd", nil, .execNotExecutable), (workerScript("idle.js"), "no-such-node", .execNotFound),
        ]
        for (exec, execPath, reason) in cases {
            let settings = { (settings: inout ClusterSettings) in
                settings.exec = exec
                settings.execPath = execPath
            }
            try await withPrimary("idle.js", settings: settings) { cluster in
                let error = await #expect(throws: ClusterError.self) { try await cluster.primary.fork(count: 2) }
                #expect(error?.reason == reason)
                #expect(await cluster.primary.workers.isEmpty)
            }
        }
    }

    @Test("a worker can be any program")
    func otherProgram() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.exec = "sh"
            settings.args = ["-c", #"echo "{\"id\":$NODE_UNIQUE_ID}" >&$NODE_CHANNEL_FD"#]
        }
        try await withPrimary("idle.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id)["id"] == 1)
            #expect(try await cluster.exit(of: id).report.code == 0)
        }
    }
}
