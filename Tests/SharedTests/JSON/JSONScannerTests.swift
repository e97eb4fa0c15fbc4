// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Shared

@Suite struct JSONScannerTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "1", "-1", "10", "123456789012345678901234567890", "0.5", "-0.0", "1.25e3",
        "1e5", "1E+5", "1e-5", "0e0", #""""#, #""a""#, #""abcdefgh""#, #""abcdefg""#, #""abcdefghi""#, "{}", "[]",
        "[[]]", "[{}]", "[1]", "[1,2]", #"{"a":1}"#, #"{"a":1,"b":[true,{"c":null}],"d":{}}"#, #"{"":0}"#,
        #"{"a":1,"a":2}"#, " null ", "\t\n\r [ 1 , 2 ] \n", "{ \"a\" : { \"b\" : [ ] } }",
        #""\"\\\/\b\f\n\r\t""#, #""\u0000\uABCD\uabcd""#, #""\ud83d\ude00""#, #""\ud800""#, #""\udc00\ud800""#,
        "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"", "\"é\"", "\"日本語 text 日本語\"", "\"😀\"",
        "\"\u{2028}\u{2029}\u{FEFF}\"",
    ])
    func `a well-formed text is accepted`(_ text: String) {
        #expect(scan(text))
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "NULL", "truE", "True", "t", "undefined", "NaN", "Infinity", "-", "-a", "+1", "01",
        "-01",
        "1.", ".5", "1.e5", "1e", "1e+", "1e5.5", "0x10", "1_000", "--1", "1 2", "[", "]", "{", "}", "[1", "[1,",
        "[1,]",
        "[,1]", "[,]", "[1 2]", "[1}", "[1;2]", "{]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
        "{,}", "{a:1}", "{'a':1}", "{\"a\" 1}", "{\"a\":}", "{\"a\":1 \"b\":2}", "{\"a\",1}", "{1:1}", "{\"a\":1]",
        "{}{}", "[][]", "null,", ",", ":", "\"", "\"a", "\"abcdefghijk", "\"\\\"", "\"\\x41\"", "\"\\u12\"",
        "\"\\u123g\"", "\"\\U0041\"", "\"\\", "\"\\u", "\"\\\n\"", "'a'", "\"a\nb\"", "\"a\tb\"", "\"a\0b\"",
        "\"abcdefg\u{1F}\"", "\"a\" \"b\"", "// c\n1", "/* c */ 1", "1 // c", "[1]]", "{\"a\":{}}}", "\u{FEFF}1",
        "\u{A0}1", "\u{0C}1", "1\0", "\0",
    ])
    func `a malformed text is refused`(_ text: String) {
        #expect(!scan(text))
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xC2, 0xC0], [0xE0, 0x80, 0x80],
            [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF1, 0x80, 0x80], [0xF1, 0x80, 0x80, 0x41],
            [0xF1, 0x80, 0x41, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func `invalid UTF-8 is refused`(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(!scan([quote] + bytes + [quote]))
        #expect(!scan([quote] + bytes))
        #expect(!scan(Array("\"abcdefgh".utf8) + bytes + Array("abcdefgh\"".utf8)))
    }

    @Test func `a flaw is found at each place of a word`() {
        for length in 0..<40 {
            for place in 0..<length {
                for flaw in [0x00, 0x1F, 0x80, 0xFF] as [UInt8] {
                    var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                    bytes[place] = flaw
                    #expect(!scan([0x22] + bytes + [0x22]))
                }
            }
        }
    }

    @Test(arguments: [255, 256, 257, 511, 512, 513, 50_000])
    func `containers nest as deep as they like`(_ levels: Int) {
        for (open, close, other) in [("[", "]", "}"), (#"{"a":["#, "]}", "]]")] {
            let inner = String(repeating: open, count: levels)
            let outer = String(repeating: close, count: levels - 1)
            #expect(scan(inner + close + outer))
            #expect(!scan(inner + other + outer))
            #expect(!scan(inner + outer))
        }
    }

    @Test func `a hostile depth does not overflow the stack`() {
        #expect(!scan([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)))
    }

    @Test func `every prefix of a text is malformed`() {
        let text = Array(#"{"a":[1.5e-3,true,"\u00e9é😀"],"b":{"c":null}}"#.utf8)
        #expect(scan(text))
        for length in 0..<text.count {
            #expect(!scan(Array(text.prefix(length))))
        }
    }

    private func scan(_ text: String) -> Bool { scan(Array(text.utf8)) }

    private func scan(_ text: [UInt8]) -> Bool {
        text.withUnsafeBytes { JSONScanner.validate($0) }
    }
}
