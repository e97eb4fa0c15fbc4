// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import Agent

/// What is wrong with the files of TLS, in a sentence that names the file.
@Suite(.timeLimit(.minutes(1))) struct TLSFilesTests {
    private static func complaint(_ certificate: String, _ key: String) -> String? {
        let files = TLSFiles(certificate: certificate, key: key)
        do throws(StartupError) {
            _ = try files.makeContext()
            return nil
        } catch {
            return error.description
        }
    }

    @Test func aFileThatIsNotThere() {
        #expect(Self.complaint("/no/such.pem", "/no/key.pem") == "cannot read /no/such.pem: No such file or directory")
    }

    @Test func aFileThatHoldsSomethingElse() async throws {
        try await withTemporaryDirectory { directory in
            let pair = try TestAuthority("root", in: directory).issue("agent", file: "agent")
            #expect(Self.complaint(pair.certificate, pair.key) == nil)
            #expect(
                Self.complaint("/dev/null", pair.key)
                    == "/dev/null does not hold a certificate in PEM, which begins with -----BEGIN")
            #expect(
                Self.complaint(pair.certificate, "/dev/null")
                    == "/dev/null does not hold a private key without a passphrase in PEM, which begins with -----BEGIN"
            )
        }
    }

    @Test func aKeyOfAnotherCertificate() async throws {
        try await withTemporaryDirectory { directory in
            let authority = try TestAuthority("root", in: directory)
            let (one, other) = (try authority.issue("one", file: "one"), try authority.issue("two", file: "two"))
            #expect(Self.complaint(one.certificate, other.key)?.contains("do not go together") == true)
        }
    }
}
