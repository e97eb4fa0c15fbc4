// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What can be wrong with a secure connection, and what the program says then.
@Suite(.timeLimit(.minutes(2)))
struct TLSTests {
    private func expect(
        _ arguments: [String], home: URL, status: Int32, _ message: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await CLIProgram.run(["workers"] + arguments, home: home)
        #expect(outcome.status == status, sourceLocation: sourceLocation)
        let isTold = message.isEmpty ? outcome.errors.isEmpty : outcome.errors.contains(message)
        #expect(isTold, "\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.errors.split(separator: "\n").count <= 1, sourceLocation: sourceLocation)
    }

    @Test func `a certificate from a trusted authority is accepted`() async throws {
        try await withTemporaryDirectory { home in
            let identity = try await TLSServer.identity(in: home)
            try await TLSServer.run(identity) { server in
                let url = "https://127.0.0.1:\(server.port)"
                try await expect(["-H", url, "--cacert", identity.certificate], home: home, status: 0, "")
                try await expect(["-H", url], home: home, status: 69, "give the agent's authority with --cacert")
                for option in ["--cacert", "--cert", "--key"] {
                    let outcome = try await CLIProgram.run(["ps", "-H", url, option, "/nowhere"], home: home)
                    #expect(outcome.status == 64 && outcome.errors.contains("cannot read /nowhere: no such file"))
                }
            }
        }
    }

    /// In a mount namespace, because libcurl's own folder of authorities is the system's.
    @Test(.enabled("an unprivileged mount namespace is needed") { await MountNamespace.isAllowed() })
    func `a user who names an authority trusts no other one, not even the system's`() async throws {
        try await withTemporaryDirectory { home in
            // Of another name: of the same, the first that is found would be the only one that is looked at.
            let (agent, other) = (
                try await TLSServer.identity(in: home), try await TLSServer.identity(in: home, subject: "/CN=another")
            )
            let folder = home.appending(path: "certs")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: agent.certificate, toPath: folder.appending(path: "a.pem").path)
            // The file that libcurl looks into first.
            try FileManager.default.copyItem(
                atPath: other.certificate, toPath: folder.appending(path: "ca-certificates.crt").path)
            let token = home.appending(path: "token")
            try Data("s3cret".utf8).write(to: token)
            try await TLSServer.run(agent) { server in
                let call = ["-H", "https://127.0.0.1:\(server.port)", "--token-file", token.path, "workers"]
                func status(_ options: [String]) async throws -> Int32 {
                    let script =
                        "openssl rehash \(folder.path) && mount --bind \(folder.path) /etc/ssl/certs && exec \"$@\""
                    let program = try SpawnedProgram(
                        "unshare",
                        ["-rm", "sh", "-c", script, "sh", try CLIProgram.executable.path] + options + call)
                    try program.input.close()
                    for await status in program.ends { return status }
                    return .min
                }
                let trusting = try await status([])
                #expect(trusting == 0, "the folder is not where libcurl looks, and this shows nothing")
                let restricted = try await status(["--cacert", other.certificate])
                let named = try await status(["--cacert", agent.certificate])
                #expect(restricted == 69 && named == 0)
            }
        }
    }

    @Test func `a certificate for another name is reported`() async throws {
        try await withTemporaryDirectory { home in
            let identity = try await TLSServer.identity(in: home, for: "DNS:elsewhere.example")
            try await TLSServer.run(identity) { server in
                try await expect(
                    ["-H", "https://127.0.0.1:\(server.port)", "--cacert", identity.certificate], home: home,
                    status: 69,
                    "use the name in the URL that the certificate is for")
            }
        }
    }

    @Test func `a certificate that has expired is reported`() async throws {
        try await withTemporaryDirectory { home in
            let identity = try await TLSServer.identity(in: home, days: -1)
            try await TLSServer.run(identity) { server in
                try await expect(
                    ["-H", "https://127.0.0.1:\(server.port)", "--cacert", identity.certificate], home: home,
                    status: 69,
                    "has expired (renew the agent's certificate, or set the clock)")
            }
        }
    }

    @Test func `an agent that wants a certificate gets one, or the error says so`() async throws {
        try await withTemporaryDirectory { home in
            let (identity, client) = (try await TLSServer.identity(in: home), try await TLSServer.identity(in: home))
            try await TLSServer.run(identity, clientAuthority: client) { server in
                let trusting = ["-H", "https://127.0.0.1:\(server.port)", "--cacert", identity.certificate]
                try await expect(trusting, home: home, status: 69, "with --cert and --key")
                let own = ["--cert", client.certificate, "--key", client.key]
                try await expect(trusting + own, home: home, status: 0, "")
            }
        }
    }

    /// Two hosts need what can be read once.
    @Test func `a key may come from a pipe`() async throws {
        try await withTemporaryDirectory { home in
            let (identity, client) = (try await TLSServer.identity(in: home), try await TLSServer.identity(in: home))
            try await TLSServer.run(identity, clientAuthority: client) { server in
                let script = #"exec "$0" workers "$@" --cacert <(cat "$CA") --cert <(cat "$CERT") --key <(cat "$KEY")"#
                let program = try SpawnedProgram(
                    "bash",
                    [
                        "-c", script, try CLIProgram.executable.path, "-H", "https://127.0.0.1:\(server.port)", "-H",
                        "https://127.0.0.1:\(server.port)/",
                    ],
                    environment: [
                        "HOME": home.path, "PATH": "/usr/bin:/bin", "CA": identity.certificate,
                        "CERT": client.certificate, "KEY": client.key,
                    ])
                try program.input.close()
                var status: Int32 = .min
                for await end in program.ends { status = end }
                #expect(status == 0)
            }
        }
    }

    @Test func `a certificate without a key is reported`() async throws {
        try await withTemporaryDirectory { home in
            let (identity, client) = (try await TLSServer.identity(in: home), try await TLSServer.identity(in: home))
            try await TLSServer.run(identity, clientAuthority: client) { server in
                try await expect(
                    [
                        "-H", "https://127.0.0.1:\(server.port)", "--cacert", identity.certificate, "--cert",
                        client.certificate,
                    ], home: home, status: 69, "--cert needs --key, unless its file holds the key too")
            }
        }
    }

    @Test func `https to a plain port is reported, and http to a TLS port`() async throws {
        try await withTemporaryDirectory { home in
            let identity = try await TLSServer.identity(in: home)
            try await TLSServer.run(identity) { server in
                let outcome = try await CLIProgram.run(["ps", "-H", "http://127.0.0.1:\(server.port)"], home: home)
                #expect(outcome.status == 1 || outcome.status == 69)
                #expect(outcome.errors.contains("https://"), "\(outcome.errors)")
            }
            try await FakeAgent.run(answer: Sample.agent) { agent in
                let url = agent.url.replacing("http:", with: "https:")
                let outcome = try await CLIProgram.run(["ps", "-H", url], home: home)
                #expect(outcome.status == 69 && outcome.errors.contains("is its URL http:// and not https://?"))
            }
        }
    }
}
