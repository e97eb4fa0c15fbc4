// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CLI

struct RawJSONTests {
    private func text(_ json: RawJSON?) -> String? { json.map { String(decoding: $0.bytes, as: UTF8.self) } }

    @Test(arguments: [
        "0", "-0.5e+10", "true", "null", #""a\u00e9\n""#, "[]", "[1, [2]]", "{}", #"{"a" : {"b":[ ]}}"#,
        "12345678901234567890.10", #""😀""#,
    ])
    func `JSON is accepted as it is`(json: String) {
        #expect(text(RawJSON(" \n\(json)\t".utf8)) == json)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "[,]", #"{"a"}"#, #"{"a":}"#, "{a:1}", #"{"a":1,}"#, "01", "1.", ".5", "-", "1e",
        "+1",
        "tru", "nulls", #"""#, #""\x""#, #""\u12g4""#, "\"\n\"", "1 2", "[1", #"{"a":1"#, "NaN", "\u{FEFF}1",
    ])
    func `a text that is not JSON is refused`(json: String) {
        #expect(RawJSON(json.utf8) == nil)
    }

    @Test func `text that is not UTF-8 is refused`() {
        #expect(RawJSON([0x22, 0xFF, 0x22]) == nil)
    }

    @Test func `endless nesting is refused`() {
        #expect(RawJSON(String(repeating: "[", count: 1_000_000).utf8) == nil)
        #expect(RawJSON((String(repeating: "[", count: 200) + String(repeating: "]", count: 200)).utf8) != nil)
    }

    @Test func `members and elements keep their bytes and their order`() throws {
        let json = try #require(RawJSON(#"{"z": 1.10, "a\u0062": [ {"x":1} , 2 ], "z": 3}"#.utf8))
        #expect(json.members?.map(\.name) == ["z", "ab", "z"])
        #expect(text(json["z"]) == "3")
        #expect(json["ab"]?.elements?.map { text($0) } == [#"{"x":1}"#, "2"])
        #expect(json["none"] == nil && json.elements == nil)
    }

    @Test func `a value of several lines becomes one`() throws {
        let json = try #require(RawJSON("{\n  \"a\": \"x\\ny\"\r\n}".utf8))
        #expect(String(decoding: json.oneLine, as: UTF8.self) == #"{  "a": "x\ny"}"#)
    }
}
