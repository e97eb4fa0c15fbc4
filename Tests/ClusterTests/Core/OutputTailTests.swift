// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

struct OutputTailTests {
    private func text(of pieces: [[UInt8]]) -> String? {
        var tail = OutputTail()
        for piece in pieces { tail.append(piece) }
        return tail.text
    }

    @Test func `nothing written gives nil`() {
        #expect(text(of: []) == nil)
        #expect(text(of: [[]]) == nil)
    }

    @Test func `a text that fits is kept whole`() {
        #expect(text(of: [Array("Error: ".utf8), Array("über\n".utf8)]) == "Error: über\n")
    }

    @Test(arguments: [1, 3, 100, 4095, 4096, 4097, 10_000])
    func `of more than fits, the end is kept`(pieceLength: Int) {
        let all = (0..<20_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let pieces = stride(from: 0, to: all.count, by: pieceLength).map {
            Array(all[$0..<min($0 + pieceLength, all.count)])
        }
        #expect(text(of: pieces) == String(decoding: all.suffix(OutputTail.capacity), as: UTF8.self))
    }

    @Test func `the kept text begins with a whole character`() throws {
        let kept = try #require(text(of: [Array(String(repeating: "€", count: 3000).utf8)]))
        #expect(kept.allSatisfy { $0 == "€" })
        #expect(kept.utf8.count == 4095)
    }

    @Test func `any bytes become text`() {
        #expect(text(of: [[0xff, 0x00, 0x41]]) == "\u{FFFD}?A")
    }
}
