// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Shared

@Suite struct JSONScannerMemberTests {
    @Test func `each top-level member is reported with its exact range`() {
        let members = members(of: #" { "cmd" : "NODE_CLUSTER" ,"seq":12, "o":{"x":[1,{"y":2}]} , "e":[ ] } "#)
        #expect(
            members == ["cmd=\"NODE_CLUSTER\"", "seq=12", #"o={"x":[1,{"y":2}]}"#, "e=[ ]"])
    }

    @Test func `the escapes of a key stay as they are`() {
        #expect(members(of: #"{"a\"\u0041":1}"#) == [#"a\"\u0041=1"#])
    }

    @Test func `an empty object has no members`() {
        #expect(members(of: " { } ") == [])
    }

    @Test(arguments: [
        "", "1", "[]", "[{}]", "\"a\"", "{", "{}}", "{}1", #"{"a":1"#, #"{"a":1,}"#, #"{"a":1}x"#, #"{"a":[}"#,
    ])
    func `anything but one whole object is refused`(_ text: String) {
        #expect(members(of: text) == nil)
    }

    @Test(arguments: [510, 511, 512, 513, 100_000])
    func `a member's value may nest as deep as it likes`(_ levels: Int) {
        let value = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        #expect(members(of: #"{"a":\#(value)}"#) == ["a=\(value)"])
        #expect(members(of: #"{"a":\#(value.dropLast())}"#) == nil)
    }

    private func members(of text: String) -> [String]? {
        var members: [String] = []
        let bytes = Array(text.utf8)
        let isWhole = bytes.withUnsafeBytes { text in
            JSONScanner.forEachMember(text) { key, value in
                members.append(
                    String(decoding: key, as: UTF8.self) + "=" + String(decoding: text[value], as: UTF8.self))
            }
        }
        return isWhole ? members : nil
    }
}
