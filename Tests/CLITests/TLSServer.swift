// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// An agent over TLS, with a certificate of the test's own making.
struct TLSServer {
    /// A key and its certificate, as files.
    struct Identity {
        let certificate: String
        let key: String
    }

    let port: String

    /// Runs one while `body` runs.
    static func run(
        _ identity: Identity, clientAuthority: Identity? = nil, _ body: (TLSServer) async throws -> Void
    ) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Servers/tls.py").path
        let arguments = [script, identity.certificate, identity.key] + (clientAuthority.map { [$0.certificate] } ?? [])
        let program = try SpawnedProgram("python3", arguments)
        defer { kill(program.pid, SIGKILL) }
        let port = try #require(await program.output.lines(1).first, "the server did not start")
        try await body(TLSServer(port: port))
    }

    /// - Parameters:
    ///   - name: what the certificate is for, as a subjectAltName of openssl(1).
    ///   - subject: whom it names, as openssl(1) has it.
    ///   - days: how long it is valid from now on; -1 has expired.
    static func identity(
        in directory: URL, for name: String = "IP:127.0.0.1", subject: String = "/CN=agent", days: Int = 2
    ) async throws -> Identity {
        let stem = directory.appending(path: UUID().uuidString).path
        let identity = Identity(certificate: stem + ".crt", key: stem + ".key")
        try Data("subjectAltName=\(name)".utf8).write(to: URL(filePath: stem + ".ext"))
        try await openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
            "-keyout", identity.key, "-out", stem + ".csr")
        try await openssl(
            "x509", "-req", "-in", stem + ".csr", "-signkey", identity.key, "-days", "\(days)", "-extfile",
            stem + ".ext", "-out", identity.certificate)
        return identity
    }

    private static func openssl(_ arguments: String...) async throws {
        let program = try SpawnedProgram("openssl", arguments)
        try program.input.close()
        let errors = await program.errors.text()
        // Only a good certificate is of use to the next step, which would not find it.
        try #require(
            FileManager.default.fileExists(atPath: arguments[arguments.count - 1]),
            "\(errors)")
    }
}
