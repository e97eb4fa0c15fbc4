// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Node writes, we read and write again, Node reads: nothing may be lost on the way.
@Suite(.timeLimit(.minutes(1))) struct V8NodeTests {
    @Test func `what Node writes comes back to it unchanged`() async throws {
        let messages = try await NodeChannel.messages(of: V8Sample.all.map(\.expression))
        let comparisons = try zip(V8Sample.all, messages).map { sample, message in
            NodeChannel.Comparison(
                theirs: message, ours: V8Serializer.serialize(try decode(message)), check: sample.check)
        }
        for (sample, difference) in zip(V8Sample.all, try await NodeChannel.differences(comparisons)) {
            #expect(difference == nil, "\(sample.expression)")
        }
    }

    @Test func `what Node writes comes back to it unchanged through the JSON form`() async throws {
        let messages = try await NodeChannel.messages(of: V8Sample.all.map(\.expression))
        let comparisons = try zip(V8Sample.all, messages).map { sample, message in
            let json = try decode(message).jsonText()
            #expect(json.withUnsafeBytes { JSONScanner.validate($0) }, "\(sample.expression)")
            return NodeChannel.Comparison(
                theirs: message, ours: V8Serializer.serialize(try V8Value(json: json)), check: sample.check)
        }
        for (sample, difference) in zip(V8Sample.all, try await NodeChannel.differences(comparisons)) {
            #expect(difference == nil, "\(sample.expression)")
        }
    }

    /// Not so with arrays, which once had holes or hold doubles, and with errors, whose fields have no fixed order.
    @Test func `we write the same bytes as Node`() async throws {
        let samples = V8Sample.primitives + V8Sample.objects + V8Sample.buffers + [V8Sample.invalidDate]
        let messages = try await NodeChannel.messages(of: samples.map(\.expression))
        for (sample, message) in zip(samples, messages) {
            #expect(V8Serializer.serialize(try decode(message)) == message, "\(sample.expression)")
        }
    }

    @Test func `plain values are plain JSON`() async throws {
        let expressions = [
            "null", "true", "-1.5", "0", "'a\\n\"é日😀'", "[]", "{}", "[1, [2, { a: null }]]",
            "{ a: { b: [false, 'x'] } }",
            "Array(2).fill(1)", "2 ** 53", "1e300", "5e-324", "-123456789012",
        ]
        let messages = try await NodeChannel.messages(of: expressions)
        let texts = try messages.map { try decode($0).jsonText() }
        for (expression, (message, parse)) in zip(expressions, zip(messages, try await NodeChannel.parse(texts))) {
            let reparsed = NodeChannel.bytes(hex: parse.message ?? "")
            let difference = try await NodeChannel.differences([.init(theirs: message, ours: reparsed)])
            #expect(difference == [nil], "\(expression)")
        }
    }

    private func decode(_ message: [UInt8]) throws -> V8Value {
        try message.withUnsafeBytes { try V8Deserializer.deserialize($0) }
    }
}
