// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// The API over TLS, as curl sees it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct TLSTests {
    /// An agent with a certificate of an authority that curl is told to trust.
    private struct Fixture {
        let agent: RunningAgent
        let directory: URL
        let authority: TestAuthority

        func get(_ path: String, _ options: String..., token: String? = nil) async throws -> (Int, String) {
            var arguments = ["-sS", "--max-time", "30", "--cacert", authority.path, "-w", "\n%{http_code}"] + options
            if let token { arguments += ["-H", "Authorization: Bearer \(token)"] }
            let outcome = try await RunningProgram.run("curl", arguments + ["https://localhost:\(agent.port)\(path)"])
            let lines = outcome.output.split(separator: "\n")
            return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined() + outcome.errors)
        }
    }

    private static func withAgent(
        _ arguments: [String] = [], configuration: String = "", _ body: (Fixture) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let authority = try TestAuthority("root", in: directory)
            let server = try authority.issue("agent", file: "agent")
            let file = directory.appending(path: "agent.yaml")
            try Data(configuration.utf8).write(to: file)
            let options = ["--tls-cert", server.certificate, "--tls-key", server.key, "--config", file.path]
            try await runAgent(options + arguments.map { $0.replacing("ROOT", with: authority.path) }, in: directory) {
                try await body(Fixture(agent: $0, directory: directory, authority: authority))
            }
        }
    }

    @Test func `a token is sent encrypted`() async throws {
        try await Self.withAgent { fixture in
            #expect(try await fixture.get("/v1/version").0 == 401)
            #expect(try await fixture.get("/v1/version", token: fixture.agent.token).0 == 200)
            let old = try await fixture.get("/healthz", "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0")
            #expect(old.0 == 0, "TLS 1.1 is too old")
            #expect(try await fixture.get("/healthz", "--tlsv1.2", "--tls-max", "1.2").0 == 200)
        }
    }

    @Test func `plain HTTP to a TLS port fails`() async throws {
        try await Self.withAgent { fixture in
            let outcome = try await RunningProgram.run(
                "curl", ["-sS", "--max-time", "10", "http://127.0.0.1:\(fixture.agent.port)/healthz"])
            #expect(outcome.status != 0)
            #expect(try await fixture.get("/healthz").0 == 200)
            let (_, metrics) = try await fixture.get("/metrics", token: fixture.agent.token)
            #expect(metrics.contains("cluster_api_connections_refused_total{reason=\"TLS_FAILED\"} 1"))
        }
    }

    @Test func `a client certificate has the role of its subject`() async throws {
        let roles = """
            tls:
              roles:
                read: [eye]
                operate: ["CN=ops,O=Example"]
            """
        try await Self.withAgent(["--tls-client-ca", "ROOT"], configuration: roles) { fixture in
            let subjects = [("eye", nil), ("ops", "Example"), ("nobody", nil)] as [(String, String?)]
            var options: [[String]] = []
            for (name, organization) in subjects {
                let files = try fixture.authority.issue(name, organization: organization, file: name)
                options.append(["--cert", files.certificate, "--key", files.key])
            }
            func status(_ index: Int, _ path: String, _ more: String..., token: String? = nil) async throws -> Int {
                let all = options[index] + more
                var arguments = ["-sS", "--cacert", fixture.authority.path, "-o", "/dev/null", "-w", "%{http_code}"]
                if let token { arguments += ["-H", "Authorization: Bearer \(token)"] }
                arguments += all + ["https://localhost:\(fixture.agent.port)\(path)"]
                return Int(try await RunningProgram.run("curl", arguments).output) ?? 0
            }
            #expect(try await status(0, "/v1/workers") == 200)
            #expect(try await status(0, "/v1/cluster:disconnect", "-X", "POST") == 403)
            #expect(try await status(1, "/v1/cluster:disconnect", "-X", "POST") == 200)
            #expect(try await status(2, "/v1/workers") == 401)
            // A client without a role by its certificate may have one by a token.
            #expect(try await status(2, "/v1/workers", token: fixture.agent.token) == 200)
            let audit = try await fixture.agent.history("type=command")
            #expect(audit.map { $0.data["principal"] } == ["cert:CN=eye", "cert:CN=ops,O=Example"])

            #expect(try await fixture.get("/healthz").0 == 0, "without a certificate there is no connection")
            let stranger = try TestAuthority("stranger", in: fixture.directory).issue("eye", file: "false-eye")
            let refused = try await fixture.get("/healthz", "--cert", stranger.certificate, "--key", stranger.key)
            #expect(refused.0 == 0, "somebody else has signed this one")
        }
    }

    @Test func `SIGHUP changes the certificate and drops no connection`() async throws {
        try await Self.withAgent { fixture in
            let token = try fixture.agent.token
            let watch = try RunningProgram(
                "curl",
                [
                    "-sSN", "--cacert", fixture.authority.path, "-H", "Authorization: Bearer \(token)",
                    "https://localhost:\(fixture.agent.port)/v1/events:watch",
                ])
            _ = try await watch.output.first { $0 == ":" }

            let other = try TestAuthority("other", in: fixture.directory)
            _ = try other.issue("agent", file: "agent")
            fixture.agent.program.signal(SIGHUP)
            _ = try await fixture.agent.program.errors.first { $0.contains("read the certificates again") }
            let refused = try await fixture.get("/healthz").0
            let trusted = try await fixture.get("/healthz", "--cacert", other.path).0
            #expect(refused == 0 && trusted == 200)

            try Data("no key".utf8).write(to: fixture.directory.appending(path: "agent.key"))
            fixture.agent.program.signal(SIGHUP)
            _ = try await fixture.agent.program.errors.first { $0.contains("cannot read the certificates again") }
            #expect(try await fixture.get("/healthz", "--cacert", other.path).0 == 200)

            try await fixture.agent.post("/v1/cluster:setupPrimary", #"{"silent": true}"#)
            _ = try await watch.output.first { $0 == "event: setup" }
            await watch.stop()
        }
    }

    @Test func `other machines may connect only over TLS`() async throws {
        try await Self.withAgent(["--listen", "0.0.0.0:0"]) { fixture in
            let status = try await fixture.get("/healthz").0
            #expect(status == 200)
        }
    }
}
