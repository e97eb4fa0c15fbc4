// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cluster

/// The texts of BigInts, dates and bytes, against those of Node.
@Suite(.timeLimit(.minutes(1))) struct V8TextTests {
    @Test func `big integers are written in decimal as Node does up to 4096 bits`() async throws {
        var generator = SeededGenerator(seed: 7)
        let integers = (0...64).map { count in
            V8BigInt(
                isNegative: count.isMultiple(of: 2),
                words: (0..<count).map { _ in
                    [0, .max, 1 << 63, 10_000_000_000_000_000_000, generator.next()].randomElement(using: &generator)
                        ?? 0
                })
        }
        let hexadecimal = integers.map { integer in
            (integer.isNegative ? "-" : "") + "0x0"
                + integer.words.reversed().map { NodeChannel.hex(withUnsafeBytes(of: $0.bigEndian, Array.init)) }
                .joined()
        }
        let program = NodeProgram("return input.map((t) => t[0] === '-' ? `${-BigInt(t.slice(1))}` : `${BigInt(t)}`);")
        let decimal: [String] = try await program.run(hexadecimal)
        #expect(integers.map(\.text) == decimal)
        #expect(decimal.map(V8BigInt.init(text:)) == integers)
        #expect(hexadecimal.map(V8BigInt.init(text:)) == integers)
    }

    @Test func `larger ones are hexadecimal, so that no size is slow`() {
        let integer = V8BigInt(isNegative: true, words: [5] + [UInt64](repeating: 0, count: 63) + [0xAB])
        #expect(integer.text == "-0xab" + String(repeating: "0", count: 1023) + "5")
        #expect(V8BigInt(text: integer.text) == integer)
        let large = V8BigInt(isNegative: false, words: [UInt64](repeating: .max, count: 100_000))
        #expect(V8BigInt(text: large.text) == large)
    }

    @Test(arguments: [
        "", "-", "+1", "0x", "-0x", "1 ", " 1", "1n", "0xg", "1e3", "٣", "--1", String(repeating: "9", count: 1235),
    ])
    func `an invalid big integer is refused`(_ text: String) {
        #expect(V8BigInt(text: text) == nil)
    }

    @Test func `dates are written as Node does over their whole range`() async throws {
        var generator = SeededGenerator(seed: 1582)
        let dates =
            [
                0, -1, 8.64e15, -8.64e15, 253_402_300_799_999, 253_402_300_800_000, -62_167_219_200_000,
                -62_167_219_200_001,
            ]
            + (0..<3000).map { place in
                Double.random(in: -8.64e15...8.64e15, using: &generator).rounded() / [1, 100, 10_000][place % 3]
            }.map { $0.rounded() }
        let texts: [String] = try await NodeProgram("return input.map((ms) => new Date(ms).toISOString());").run(dates)
        #expect(dates.map { DateText.text(milliseconds: $0) } == texts)
        #expect(texts.map { DateText.milliseconds(text: $0) } == dates)
    }

    @Test(arguments: [
        "", "2026-11-22", "2026-11-22T15:51:44Z", "2026-11-22T15:51:44.272", "2026-11-22T15:51:44.272+00:00",
        "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2025-02-29T00:00:00.000Z", "2026-01-32T00:00:00.000Z",
        "2026-01-01T24:00:00.000Z", "2026-01-01T00:60:00.000Z", "2026-01-01T00:00:60.000Z", "2026/01/01T00:00:00.000Z",
        "+002026-01-01T00:00:00.000Z", "-000000-01-01T00:00:00.000Z", "+275760-09-13T00:00:00.001Z",
        "+999999-12-31T23:59:59.999Z", "2026-01-01t00:00:00.000z", "2026-0x-01T00:00:00.000Z",
    ])
    func `an invalid date is refused`(_ text: String) {
        #expect(DateText.milliseconds(text: text) == nil)
    }

    @Test func `base 64 is that of Node`() async throws {
        var generator = SeededGenerator(seed: 64)
        let samples = (0..<100).map { length in (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) } }
        let texts: [String] = try await NodeProgram(
            "return input.map((hex) => Buffer.from(hex, 'hex').toString('base64'));"
        )
        .run(samples.map(NodeChannel.hex))
        for (sample, text) in zip(samples, texts) {
            var written: [UInt8] = []
            Base64.append(sample, to: &written)
            #expect(String(decoding: written, as: UTF8.self) == text)
            #expect(Base64.decode(Array(text.utf8)) == sample)
        }
    }

    @Test(arguments: ["A", "AA", "AAA", "A===", "====", "AA=A", "AB==", "AAB=", "AA A", "AA-_", "AAAA=", "=AAA"])
    func `invalid base 64 is refused`(_ text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("1", 1), ("4294967294", 4_294_967_294), ("4294967295", nil), ("99999999999", nil), ("01", nil),
            ("", nil),
            ("-1", nil), ("1a", nil), ("00", nil), ("１", nil),
        ] as [(String, UInt32?)])
    func `an array index is a number below 2^32 - 1 as JavaScript writes it`(_ text: String, _ index: UInt32?) {
        #expect(V8String(text).arrayIndex == index)
    }
}
