// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Contract
import Shared
import Testing

@testable import Agent

/// What `cluster-agent token` takes and shows.
@Suite struct TokenCommandTests {
    @Test(arguments: ["", "a b", "admin", "ümlaut", String(repeating: "n", count: 65), "a:b"])
    func `an invalid name is refused`(name: String) {
        #expect(throws: (any Error).self) { try TokenCreate.parse(["--role", "read", "--name", name]) }
    }

    @Test(arguments: ["ci", "web-1.example", "me@home", String(repeating: "n", count: 64)])
    func `a valid name is accepted`(name: String) throws {
        #expect(try TokenCreate.parse(["--role", "read", "--name", name]).name == name)
    }

    @Test func `a token needs a known role`() {
        #expect(throws: (any Error).self) { try TokenCreate.parse(["--name", "ci"]) }
        #expect(throws: (any Error).self) { try TokenCreate.parse(["--name", "ci", "--role", "root"]) }
    }

    @Test func `the expiry of a token is read`() throws {
        let now = Timestamp(milliseconds: 1000)
        #expect(Expiry(argument: "30d")?.time(from: now) == Timestamp(milliseconds: 30 * 86_400_000 + 1000))
        #expect(Expiry(argument: "1970-01-01T00:00:02Z")?.time(from: now) == Timestamp(milliseconds: 2000))
        #expect(Expiry(argument: "1970-01-02")?.time(from: now) == Timestamp(milliseconds: 86_400_000))
        for text in ["", "30", "1970-1-2", "1970-01-32", "d", "-1d", "1w", "99999999999d", "tomorrow"] {
            #expect(Expiry(argument: text) == nil)
        }
    }

    @Test(arguments: ["0s", "0d", "2001-01-01T00:00:00Z"])
    func `a token that would be expired is not made`(expires: String) {
        #expect(throws: (any Error).self) {
            try TokenCreate.parse(["--role", "read", "--name", "ci", "--expires", expires])
        }
    }

    @Test func `the list shows everything but the token`() {
        let time = Timestamp(milliseconds: 0)
        let (token, secret) = StoredToken.make(name: "ci", role: .operate, createdAt: time, expiresAt: time)
        let (other, _) = StoredToken.make(name: "eye", role: .read, createdAt: time, expiresAt: nil)
        let lines = TokenList.table([token, other], now: time)
        #expect(lines[0].hasPrefix("ID        NAME  ROLE     CREATED "))
        #expect(lines[1].hasPrefix("\(token.id)  ci    operate  1970-01-01T00:00:00.000Z  "))
        #expect(lines[1].hasSuffix("(expired)") && lines[2].hasSuffix("  never"))
        #expect(!lines.joined().contains(secret))
    }
}
