// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Agent

@Suite struct PageTokenTests {
    @Test(arguments: [0, 1, 42, Int64.max])
    func `a page token reads back as it was`(position: Int64) throws {
        let since = Timestamp(milliseconds: 1_795_367_674_995)
        let token = PageToken(position: position, since: since, filters: ["exit", nil])
        let read = try PageToken(token.text, filters: ["exit", nil])
        #expect(read == token)
        #expect(read.position == position && read.since == since && read.until == nil)
    }

    @Test func `a page token needs no escaping in a URL`() {
        for position in Int64(0)..<200 {
            let text = PageToken(position: position &* 0x3f3f_3f3f_3f3f, filters: []).text
            #expect(text.utf8.allSatisfy { UInt8(ascii: "-") == $0 || UInt8(ascii: "_") == $0 || isalnum($0) })
        }
    }

    @Test(arguments: [[], ["fork", nil], ["exit", "1"], [nil, "exit"], ["exit"], ["exit", ""]] as [[String?]])
    func `a page token belongs to its filters`(others: [String?]) {
        let token = PageToken(position: 7, filters: ["exit", nil])
        #expect(throws: ClusterError.self) { try PageToken(token.text, filters: others) }
    }

    @Test(arguments: ["", "x", "====", "AAAA", "nonsense nonsense", String(repeating: "A", count: 5000), "ü"])
    func `a foreign page token is refused`(text: String) {
        let error = #expect(throws: ClusterError.self) { try PageToken(text, filters: ["exit"]) }
        #expect(error?.reason == .invalidPageToken)
    }

    @Test func `a page token has one spelling`() {
        let text = PageToken(position: 7, filters: ["exit"]).text
        // The last digit has two bits that mean nothing.
        let last = text.last.map { $0 == "A" ? "B" : String(UnicodeScalar($0.asciiValue! + 1)) } ?? ""
        for other in [text + "=", text.replacing("_", with: "/") + "=", String(text.dropLast()) + last] {
            #expect(throws: ClusterError.self) { try PageToken(other, filters: ["exit"]) }
        }
        let negative = PageToken(position: -1, filters: ["exit"]).text
        #expect(throws: ClusterError.self) { try PageToken(negative, filters: ["exit"]) }
    }

    private func isalnum(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}
