// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1))) struct V8FuzzTests {
    /// A value of every kind, twice, so that mutations make references of all sorts.
    private static let seeds: [V8Value] = [
        .object([
            V8Property(key: "cmd", value: .string("NODE_CLUSTER")), V8Property(key: "é", value: .string("日本")),
            V8Property(key: "7", value: .number(-0.5)), V8Property(key: "self", value: .reference(0)),
            V8Property(key: "u", value: .undefined), V8Property(key: "n", value: .null),
        ]),
        .array(
            V8Array([
                .number(1), .bool(true), .array(V8Array([])), .reference(0), .bigInt(V8BigInt(text: "-99") ?? zero),
            ])),
        .array(
            V8Array(length: 9, elements: [.number(3)], properties: [V8Property(key: "5", value: .set([.number(1)]))])),
        .map([
            V8MapEntry(key: .string("k"), value: .set([.string("v"), .date(1)])),
            V8MapEntry(key: .date(.nan), value: .regExp(V8RegExp(source: "a+", flags: []))),
        ]),
        .error(V8Error(kind: .typeError, message: "m", stack: "s", cause: .object([]))),
        .set([
            .view(.buffer, [1, 2, 3]), .view(.float64Array, Array(repeating: 1, count: 8)),
            .arrayBuffer([1], maxByteLength: 2),
            .arrayBuffer([7, 8], maxByteLength: nil), .booleanObject(true), .numberObject(1), .stringObject("x"),
            .bigIntObject(zero), .reference(1),
        ]),
    ]
    private static let zero = V8BigInt(isNegative: false, words: [])
    private static let tags = (0...UInt8.max).filter { V8Tag(rawValue: $0) != nil || $0 < 16 || $0 > 250 }

    @Test(arguments: 0..<20)
    func `a mutated message is refused or means something exact`(_ batch: UInt64) throws {
        var generator = SeededGenerator(seed: batch)
        let messages = Self.seeds.map(V8Serializer.serialize)
        var readable = 0
        for round in 0..<1000 {
            let message = generator.mutate(messages[round % messages.count], alphabet: Self.tags)
            guard let value = try? message.withUnsafeBytes({ try V8Deserializer.deserialize($0) }) else { continue }
            readable += 1
            // Whatever was understood can be written, and reads as the same again. Bytes are compared, for NaN's sake.
            let written = V8Serializer.serialize(value)
            let again = try written.withUnsafeBytes { try V8Deserializer.deserialize($0) }
            #expect(V8Serializer.serialize(again) == written, "\(message)")
            let json = try value.jsonText()
            #expect(json.withUnsafeBytes { JSONScanner.validate($0) }, "\(message)")
            #expect(V8Serializer.serialize(try V8Value(json: json)) == written, "\(message)")
        }
        #expect(readable > 10)
    }

    @Test func `random bytes after the header do no harm`() {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<5000 {
            let length = Int.random(in: 0..<64, using: &generator)
            let message = [0xFF, 0x0F] + (0..<length).map { _ in Self.tags.randomElement(using: &generator) ?? 0 }
            if let value = try? message.withUnsafeBytes({ try V8Deserializer.deserialize($0) }) {
                #expect(!V8Serializer.serialize(value).isEmpty)
            }
        }
    }

    @Test(arguments: 0..<5)
    func `a mutated JSON form is refused or means something exact`(_ batch: UInt64) throws {
        var generator = SeededGenerator(seed: batch)
        let texts = try Self.seeds.map { try $0.jsonText() }
        let alphabet = Array(#"{}[]",:$typeidvalue0123456789-.eNaN\ "#.utf8)
        for round in 0..<1000 {
            let text = generator.mutate(texts[round % texts.count], alphabet: alphabet)
            guard let value = try? V8Value(json: text) else { continue }
            let written = V8Serializer.serialize(value)
            let again = try written.withUnsafeBytes { try V8Deserializer.deserialize($0) }
            #expect(V8Serializer.serialize(again) == written, "\(String(decoding: text, as: UTF8.self))")
        }
    }
}
