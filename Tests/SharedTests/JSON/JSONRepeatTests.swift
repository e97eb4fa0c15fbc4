// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Shared

@Suite(.timeLimit(.minutes(1))) struct JSONRepeatTests {
    /// With work that grows with the square it takes an hour.
    @Test func `an object of a million names is read once`() {
        let names = (0..<1_000_000).map { "\"\($0)\":0" }.joined(separator: ",")
        #expect(JSONMember.firstRepeat(in: Array("{\(names)}".utf8)) == nil)
        #expect(JSONMember.firstRepeat(in: Array("{\(names),\"7\":0}".utf8)) == "7")
    }

    @Test(arguments: [
        (#"{"a":1,"a":2}"#, "a"), (#" { "a" : 1 , "b" : { "c" : [ ] , "c" : 2 } } "#, "b.c"),
        (#"[0,[],{"a":{}},{"b":1,"c":{},"b":1}]"#, "[3].b"), (#"{"a":[{"b":{"c":1,"c":1}}]}"#, "a[0].b.c"),
        (#"{"a":1,"\u0061":2}"#, "a"), (#"{"":1,"":2}"#, ""), (#"{"\ud800":1,"\ud800":2}"#, #"\ud800"#),
        (#"{"a":{"x":1},"b":{"x":1},"a":3}"#, "a"),
    ])
    func `the first repeated name is reported by its path`(_ text: String, _ path: String) {
        #expect(JSONMember.firstRepeat(in: Array(text.utf8)) == path)
    }

    @Test(arguments: [
        "1", "\"a\"", "{}", "[]", "[[],[{}],{}]", #"{"a":{"a":{"a":[{"a":1},{"a":2}]}},"b":{"a":null,"c":true}}"#,
        #"{"a":"{\"b\":1,\"b\":2}","B":-1.5e3,"b":false}"#, #"{"é":1,"e\u0301x":2}"#,
    ])
    func `the same name at different places is no repeat`(_ text: String) {
        #expect(JSONMember.firstRepeat(in: Array(text.utf8)) == nil)
    }

    @Test func `a value that is too deep to be decoded is not searched`() {
        let text = String(repeating: #"{"a":"#, count: 100_000) + "1" + String(repeating: "}", count: 100_000)
        #expect(JSONMember.firstRepeat(in: Array(text.utf8)) == nil)
    }

    @Test(arguments: ["", "{", "{\"a\"", "{\"a\":1,", "[1", "{\"a\":1,\"a"]) func `half a value ends the search`(
        _ text: String
    ) {
        #expect(JSONMember.firstRepeat(in: Array(text.utf8)) == nil)
    }
}
