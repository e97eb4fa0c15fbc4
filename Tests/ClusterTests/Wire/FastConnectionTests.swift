// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite struct FastConnectionTests {
    private static let sample = JSONWriter().encodeNewConnection(key: "null:8000:4:undefined:0", sequence: 120)

    private func fast(_ line: [UInt8]) -> String? {
        line.withUnsafeBytes { FastConnection.decode($0).map(Self.summary) }
    }

    /// What the parser makes of the same message: a space in front keeps the fast path off it.
    private func slow(_ line: [UInt8]) -> String? {
        var reader = JSONReader<PrimaryFrame>()
        var result: String?
        ([0x20] + line + [0x0A]).withUnsafeBytes { bytes in
            do throws(WireError) { try reader.receive(bytes) { result = Self.summary($0) } } catch { result = nil }
        }
        return result
    }

    private static func summary(_ frame: PrimaryFrame) -> String {
        switch frame {
        case .withHandle(let kind, let tracker, let inner): "\(kind) \(tracker ?? "-") \(summary(inner))"
        case .newConnection(let key, let sequence): "\(key) \(sequence)"
        default: "other"
        }
    }

    @Test func `messages of both primaries are recognised`() {
        let line = Array(Self.sample.dropLast())
        #expect(fast(line) == "net.Native - null:8000:4:undefined:0 120")
        #expect(fast(line) == slow(line))
    }

    @Test func `the scanner never contradicts the parser, whatever byte is changed, removed or added`() {
        let sample = Array(Self.sample.dropLast())
        let bytes: [UInt8] = Array(#"{"}:,_ 019-.eE\ax"#.utf8)
        for variant in mutations(of: sample, with: bytes) {
            guard let fast = fast(variant) else { continue }
            let slow = slow(variant)
            #expect(fast == slow, "\(String(decoding: variant, as: UTF8.self))")
        }
    }

    @Test(arguments: ["00", "-1", "1.0", "", "999999999999999999", "1000000000000000000", "9223372036854775808"])
    func `a number means the same to the scanner and the parser, or is left to the parser`(_ number: String) {
        let text = String(decoding: Self.sample.dropLast(), as: UTF8.self).replacing("120", with: number)
        let fast = fast(Array(text.utf8))
        #expect(fast == nil || fast == slow(Array(text.utf8)))
    }
}
