// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

// The settings of workers.
extension CommandTests {
    @Test func `setup-primary warns of a program that is not there`() async throws {
        try await run(["setup-primary", "--exec", "/no/such/server.js"]) { outcome, _ in
            // The agent's answer counts, not what was asked for.
            #expect(outcome.errors.contains("warning: there is no /srv/app/server.js; forks fail until it is there"))
            #expect(outcome.status == 0)
        }
    }

    @Test func `settings are shown one per line`() async throws {
        try await run(["settings"]) { outcome, _ in
            #expect(Self.words(outcome.output).contains("exec /srv/app/server.js"))
            #expect(Self.words(outcome.output).contains("cwd -"))
        }
    }

    @Test func `setup-primary merges options over the file and keeps the etag`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "settings.json")
            try Data(#"{"exec": "old.js", "revision": 3, "etag": "\"3\"", "fromTheFuture": [1]}"#.utf8).write(to: file)
            try await run(["setup-primary", "--file", file.path, "--exec", "new.js", "--no-silent", "--arg", "-v"]) {
                _, agent in
                #expect(
                    agent.calls.first?.body
                        == #"{"etag":"\"3\"","fromTheFuture":[1],"exec":"new.js","args":["-v"],"silent":false}"#)
            }
        }
    }

    @Test func `setup-primary gives workers their sockets`() async throws {
        let arguments = [
            "setup-primary", "--listen", "tcp://0.0.0.0:80#web", "--listen", "unix:///run/x", "--ready", "notify",
            "--channel", "--disconnect-signal", "quit",
        ]
        try await run(arguments) { _, agent in
            let sockets = #""listen":["tcp://0.0.0.0:80#web","unix:///run/x"]"#
            #expect(
                agent.calls.first?.body
                    == #"{\#(sockets),"ready":"notify","channel":true,"disconnectSignal":"SIGQUIT"}"#)
        }
        try await run(["setup-primary", "--listen", "0.0.0.0:80"]) { outcome, agent in
            #expect(outcome.status == 64 && agent.calls.isEmpty)
            #expect(outcome.errors.contains("0.0.0.0:80 is not a URL; write tcp://0.0.0.0:8000"))
        }
    }
}
