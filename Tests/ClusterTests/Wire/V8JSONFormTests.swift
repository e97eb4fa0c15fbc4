// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct V8JSONFormTests {
    private static let zero = V8BigInt(isNegative: false, words: [])
    private static let forms: [(V8Value, String)] = [
        (.null, "null"), (.bool(true), "true"), (.number(-0.0), "-0"), (.number(1.5), "1.5"),
        (.number(9_007_199_254_740_991), "9007199254740991"), (.string("a\"\u{1}日"), #""a\"\u0001日""#),
        (.string(V8String(utf16: [0xD83D, 0x41])), #""\ud83dA""#),
        (.undefined, #"{"$type":"undefined"}"#), (.number(.nan), #"{"$type":"Number","value":"NaN"}"#),
        (.number(-.infinity), #"{"$type":"Number","value":"-Infinity"}"#),
        (.bigInt(V8BigInt(isNegative: true, words: [0, 1])), #"{"$type":"BigInt","value":"-18446744073709551616"}"#),
        (.bigInt(zero), #"{"$type":"BigInt","value":"0"}"#),
        (.date(1_763_826_704_272), #"{"$type":"Date","value":"2025-11-22T15:51:44.272Z"}"#),
        (.date(.nan), #"{"$type":"Date","value":null}"#),
        (.regExp(V8RegExp(source: #"\d"#, flags: [])), #"{"$type":"RegExp","source":"\\d","flags":""}"#),
        (
            .regExp(V8RegExp(source: "a", flags: V8RegExp.Flags(letters: "yig") ?? [])),
            #"{"$type":"RegExp","source":"a","flags":"giy"}"#
        ),
        (
            .map([V8MapEntry(key: .string("k"), value: .undefined)]),
            #"{"$type":"Map","entries":[["k",{"$type":"undefined"}]]}"#
        ),
        (.set([.number(1), .set([])]), #"{"$type":"Set","values":[1,{"$type":"Set","values":[]}]}"#),
        (.view(.buffer, [0x68, 0x69]), #"{"$type":"Buffer","value":"aGk="}"#),
        (.view(.uint16Array, [1, 0]), #"{"$type":"Uint16Array","value":"AQA="}"#),
        (.arrayBuffer([], maxByteLength: nil), #"{"$type":"ArrayBuffer","value":""}"#),
        (.arrayBuffer([0], maxByteLength: 4), #"{"$type":"ArrayBuffer","value":"AA==","maxByteLength":4}"#),
        (
            .error(V8Error(kind: .typeError, message: "m", stack: "s", cause: .null)),
            #"{"$type":"TypeError","message":"m","stack":"s","cause":null}"#
        ),
        (.error(V8Error(kind: .error)), #"{"$type":"Error"}"#),
        (.booleanObject(false), #"{"$type":"BooleanObject","value":false}"#),
        (.numberObject(.infinity), #"{"$type":"NumberObject","value":"Infinity"}"#),
        (.numberObject(1), #"{"$type":"NumberObject","value":1}"#),
        (.stringObject("x"), #"{"$type":"StringObject","value":"x"}"#),
        (.bigIntObject(zero), #"{"$type":"BigIntObject","value":"0"}"#),
        (
            .array(V8Array(length: 3, elements: [.number(1)], properties: [V8Property(key: "2", value: .number(3))])),
            #"{"$type":"Array","length":3,"elements":[1],"properties":{"2":3}}"#
        ),
        (
            .array(V8Array(length: 1, elements: [.null], properties: [V8Property(key: "x", value: .number(3))])),
            #"{"$type":"Array","elements":[null],"properties":{"x":3}}"#
        ),
        (
            .object([V8Property(key: "$type", value: .string("Map"))]),
            #"{"$type":"Object","value":{"$type":"Map"}}"#
        ),
        (
            .object([V8Property(key: "a", value: .array(V8Array([.reference(0), .reference(1)])))]),
            #"{"$type":"Object","id":0,"value":{"a":{"$type":"Array","id":1,"elements":[{"$type":"Reference","id":0},{"$type":"Reference","id":1}]}}}"#
        ),
        (
            .array(V8Array([.date(0), .set([]), .reference(1)])),
            #"[{"$type":"Date","id":1,"value":"1970-01-01T00:00:00.000Z"},{"$type":"Set","values":[]},{"$type":"Reference","id":1}]"#
        ),
    ]

    @Test(arguments: forms.indices)
    func `a value is written as documented and reads back`(_ place: Int) throws {
        let (value, text) = Self.forms[place]
        #expect(String(decoding: try value.jsonText(), as: UTF8.self) == text)
        #expect(try V8Serializer.serialize(V8Value(json: Array(text.utf8))) == V8Serializer.serialize(value))
    }

    @Test func `fields may come in any order and ids be any numbers`() throws {
        let text =
            #"[{"value":{"me":{"id":77,"$type":"Reference"}},"id":77,"$type":"Object"},{"flags":"g","$type":"RegExp","source":"x"}]"#
        let object = V8Value.object([V8Property(key: "me", value: .reference(1))])
        let expression = V8Value.regExp(V8RegExp(source: "x", flags: V8RegExp.Flags(letters: "g") ?? []))
        #expect(try V8Value(json: Array(text.utf8)) == .array(V8Array([object, expression])))
    }

    @Test func `the last value of a repeated key counts`() throws {
        let expected = V8Value.object([
            V8Property(key: "a", value: .number(3)), V8Property(key: "b", value: .number(2)),
        ])
        #expect(try V8Value(json: Array(#"{"a":1,"b":2,"\u0061":3}"#.utf8)) == expected)
    }

    @Test(
        arguments: [
            (#"{"$type":1}"#, ErrorReason.invalidField), (#"{"$type":"Date"}"#, .invalidField),
            (#"{"$type":"mine"}"#, .invalidField), (#"{"$type":"undefined","value":1}"#, .unknownField),
            (#"{"$type":"Set","values":[],"extra":1}"#, .unknownField),
            (#"{"$type":"Date","value":"2026-02-30T00:00:00.000Z"}"#, .invalidField),
            (#"{"$type":"Date","value":"yesterday"}"#, .invalidField), (#"{"$type":"Date","value":1}"#, .invalidField),
            (#"{"$type":"BigInt","value":"1.5"}"#, .invalidField), (#"{"$type":"BigInt","value":1}"#, .invalidField),
            (#"{"$type":"Number","value":"x"}"#, .invalidField), (#"{"$type":"Buffer","value":"a"}"#, .invalidField),
            (#"{"$type":"Buffer","value":"日"}"#, .invalidField),
            (#"{"$type":"Float64Array","value":"AA=="}"#, .invalidField),
            (#"{"$type":"ArrayBuffer","value":"AAAA","maxByteLength":2}"#, .invalidField),
            (#"{"$type":"ArrayBuffer","value":"AAAA","maxByteLength":4294967296}"#, .invalidField),
            (#"{"$type":"ArrayBuffer","value":"AAAA","maxByteLength":-1}"#, .invalidField),
            (#"{"$type":"RegExp","source":"a","flags":"gg"}"#, .invalidField),
            (#"{"$type":"RegExp","source":"a","flags":"uv"}"#, .invalidField),
            (#"{"$type":"RegExp","source":"a"}"#, .invalidField), (#"{"$type":"Map","entries":[[1]]}"#, .invalidField),
            (#"{"$type":"Map","entries":[1]}"#, .invalidField), (#"{"$type":"Map","entries":{}}"#, .invalidField),
            (#"{"$type":"Object","value":[]}"#, .invalidField), (#"{"$type":"Object"}"#, .invalidField),
            (#"{"$type":"Array","elements":[1,2],"length":1}"#, .invalidField),
            (#"{"$type":"Array","elements":[1],"length":1.5}"#, .invalidField),
            (#"{"$type":"Array","elements":[1],"length":2,"properties":{"0":1}}"#, .invalidField),
            (#"{"$type":"Array","elements":[1],"length":2,"properties":{"2":1}}"#, .invalidField),
            (#"{"$type":"Array","elements":[1],"properties":[]}"#, .invalidField),
            (#"{"$type":"Error","message":1}"#, .invalidField),
            (#"{"$type":"BooleanObject","value":1}"#, .invalidField),
            (#"{"$type":"Reference"}"#, .invalidField), (#"{"$type":"Reference","id":1}"#, .invalidField),
            (#"[{"$type":"Reference","id":1},{"$type":"Set","id":1,"values":[]}]"#, .invalidField),
            (#"[{"$type":"Set","id":1,"values":[]},{"$type":"Set","id":1,"values":[]}]"#, .invalidField),
            (#"{"$type":"Set","id":-1,"values":[]}"#, .invalidField),
            (#"{"$type":"Set","id":"a","values":[]}"#, .invalidField),
            ("", .malformedJSON), ("{", .malformedJSON), ("[1,]", .malformedJSON),
            (#"{"$type":"undefined"}x"#, .malformedJSON),
            (String(repeating: "[", count: 100_000), .malformedJSON),
        ] as [(String, ErrorReason)])
    func `an undocumented form is refused`(_ text: String, _ reason: ErrorReason) throws {
        let error = try #require(throws: ClusterError.self) { try V8Value(json: Array(text.utf8)) }
        #expect(error.reason == reason)
        #expect(error.status == .invalidArgument)
    }

    @Test(arguments: forms.indices)
    func `a text uses its room to the last byte`(_ place: Int) throws {
        let (value, text) = Self.forms[place]
        #expect(try value.jsonText(room: text.utf8.count) == Array(text.utf8))
        let error = try #require(throws: ClusterError.self) { try value.jsonText(room: text.utf8.count - 1) }
        #expect(error.reason == .messageTooLarge)
    }

    /// What becomes many bytes of text: control characters, half pairs, `undefined`, bytes, and integers of any size.
    private static let growing: [V8Value] = [
        .string(V8String(latin1: [UInt8](repeating: 1, count: 1 << 20))),
        .string(V8String(utf16: [UInt16](repeating: 0xD800, count: 1 << 20))),
        .array(V8Array([V8Value](repeating: .undefined, count: 1 << 18))),
        .view(.buffer, [UInt8](repeating: 1, count: 1 << 21)),
        .bigInt(V8BigInt(isNegative: false, words: [UInt64](repeating: .max, count: 1 << 18))),
        .object([V8Property(key: V8String(latin1: [UInt8](repeating: 1, count: 1 << 20)), value: .null)]),
    ]

    @Test(arguments: growing.indices)
    func `a message whose text would be too large has no text`(_ place: Int) throws {
        let error = try #require(throws: ClusterError.self) { try Self.growing[place].jsonText(room: 2 << 20) }
        #expect(error.reason == .messageTooLarge && error.message == "a message takes more than 2 MiB as JSON")
    }

    @Test func `an error quotes no more than the beginning of a name`() throws {
        let name = "e" + String(repeating: "\u{301}", count: 1 << 16)
        for text in [#"{"$type":"\#(name)"}"#, #"{"$type":"Set","values":[],"\#(name)":1}"#] {
            let error = try #require(throws: ClusterError.self) { try V8Value(json: Array(text.utf8)) }
            #expect(error.message.utf8.count < 400)
            #expect(error.metadata.values.allSatisfy { $0.utf8.count < 200 })
        }
    }

    @Test func `the primary reads the fields of a message`() throws {
        let message = try V8Value(json: Array(#"{"cmd":"NODE_CLUSTER","seq":7,"accepted":true,"half":0.5}"#.utf8))
        #expect(message["cmd"]?.string == "NODE_CLUSTER")
        #expect(message["seq"]?.integer == 7)
        #expect(message["accepted"]?.bool == true)
        #expect(message["half"]?.integer == nil)
        #expect(message["none"] == nil)
        #expect(V8Value.null["cmd"] == nil)
    }
}
