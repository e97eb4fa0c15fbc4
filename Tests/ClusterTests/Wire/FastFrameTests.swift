// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Cluster

@Suite struct FastFrameTests {
    private static let samples = [
        #"{"cmd":"NODE_HANDLE_ACK"}"#, #"{"cmd":"NODE_CLUSTER","ack":6,"accepted":true,"seq":14}"#,
        #"{"cmd":"NODE_CLUSTER","ack":123456,"accepted":false,"seq":0}"#,
    ]

    private func fast(_ line: [UInt8]) -> String? {
        line.withUnsafeBytes { FastFrame.decode($0)?.summary }
    }

    /// What the parser makes of the same message: a space in front keeps the fast path off it.
    private func slow(_ line: [UInt8]) -> String? {
        var reader = JSONReader<WorkerFrame>()
        return reader.read([0x20] + line + [0x0A]).frames.first
    }

    @Test(arguments: samples)
    func `the messages of the data path are recognised`(_ line: String) {
        #expect(fast(Array(line.utf8)) != nil)
        #expect(fast(Array(line.utf8)) == slow(Array(line.utf8)))
    }

    @Test(arguments: [
        "0", "9", "00", "01", "-1", "1.0", "1e3", "", "x", "999999999999999999", "1000000000000000000",
        "9223372036854775807", "9223372036854775808", "99999999999999999999999999",
    ])
    func `a number means the same to the scanner and the parser, or is left to the parser`(_ number: String) {
        for line in [
            #"{"cmd":"NODE_CLUSTER","ack":\#(number),"accepted":true,"seq":1}"#,
            #"{"cmd":"NODE_CLUSTER","ack":1,"accepted":true,"seq":\#(number)}"#,
        ] {
            let fast = fast(Array(line.utf8))
            #expect(fast == nil || fast == slow(Array(line.utf8)), "\(line)")
        }
    }

    @Test func `the scanner never contradicts the parser, whatever byte is changed, removed or added`() {
        let bytes: [UInt8] = Array(#"{}":,_ 0129-.eE\ax"#.utf8) + [0x00, 0x7F, 0x80, 0xFF]
        for sample in Self.samples.map({ Array($0.utf8) }) {
            for variant in mutations(of: sample, with: bytes) {
                guard let fast = fast(variant) else { continue }
                let slow = slow(variant)
                #expect(fast == slow, "\(String(decoding: variant, as: UTF8.self))")
            }
        }
    }

    @Test func `random sequences and answers mean the same to both`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2000 {
            let digits = Int.random(in: 1...18, using: &generator)
            let sequence = UInt64.random(in: 0..<1_000_000_000_000_000_000, using: &generator).description.suffix(
                digits)
            let accepted = Bool.random(using: &generator)
            let line = Array(#"{"cmd":"NODE_CLUSTER","ack":\#(sequence),"accepted":\#(accepted),"seq":3}"#.utf8)
            guard let fast = fast(line) else { continue }
            #expect(fast == slow(line), "\(String(decoding: line, as: UTF8.self))")
        }
    }

    @Test func `a long line does not slow the scanner down`() {
        let line = Array(Self.samples[1].utf8) + [UInt8](repeating: 0x20, count: 200)
        #expect(fast(line) == nil)
    }
}
