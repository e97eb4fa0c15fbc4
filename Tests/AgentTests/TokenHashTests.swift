// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Agent

@Suite struct TokenHashTests {
    @Test func `a hash matches only its token`() {
        let hash = TokenHash(of: "secret")
        #expect(hash.matches(TokenHash(of: "secret")))
        for guess in ["", "s", "secre", "secrets", "Secret", "terces", "secret\u{0}"] {
            #expect(!hash.matches(TokenHash(of: guess)))
        }
    }

    /// `printf secret | sha256sum`
    @Test func `a hash is written as SHA-256`() throws {
        let text = "\"sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\""
        #expect(String(decoding: try JSONEncoder().encode(TokenHash(of: "secret")), as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(TokenHash.self, from: Data(text.utf8)) == TokenHash(of: "secret"))
    }

    @Test(arguments: ["", "sha256:", "md5:00", "sha256:" + String(repeating: "g", count: 64), "sha256:00"])
    func `a text that is not a hash is refused`(text: String) throws {
        let json = try JSONEncoder().encode(text)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(TokenHash.self, from: json) }
    }
}
