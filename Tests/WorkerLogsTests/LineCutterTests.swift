// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WorkerLogs

/// Bytes that come in pieces become lines.
@Suite struct LineCutterTests {
    /// The lines that come of these reads, the parts of long ones with a `+` behind them.
    private static func lines(_ reads: [[UInt8]], isFinished: Bool = false) -> [String] {
        var cutter = LineCutter()
        var lines: [String] = []
        func take(_ bytes: UnsafeRawBufferPointer, _ isPartial: Bool) {
            lines.append(String(decoding: bytes, as: UTF8.self) + (isPartial ? "+" : ""))
        }
        for read in reads { read.withUnsafeBytes { cutter.cut($0, take) } }
        if isFinished { cutter.finish(take) }
        return lines
    }

    private static func lines(_ reads: String..., isFinished: Bool = false) -> [String] {
        lines(reads.map { Array($0.utf8) }, isFinished: isFinished)
    }

    @Test func `a line may come in any number of reads`() {
        #expect(Self.lines("one\ntwo\n") == ["one", "two"])
        #expect(Self.lines("o", "n", "e\ntw", "o\n\n") == ["one", "two", ""])
        #expect(Self.lines("one", "\n") == ["one"])
    }

    @Test func `a line without its end comes at the end`() {
        #expect(Self.lines("one\ntwo") == ["one"])
        #expect(Self.lines("one\ntwo", isFinished: true) == ["one", "two"])
        #expect(Self.lines("one\n", isFinished: true) == ["one"])
    }

    @Test(arguments: [1, 100, 65_535, 65_536, 65_537, 200_000])
    func `a long line comes in parts, however it is read`(readSize: Int) {
        let text = (0..<150_000).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let bytes = text + Array("\nshort\n".utf8)
        let reads = stride(from: 0, to: bytes.count, by: readSize).map {
            Array(bytes[$0..<min($0 + readSize, bytes.count)])
        }
        let lines = Self.lines(reads)
        #expect(lines.count == 4 && lines.last == "short")
        #expect(lines.map(\.utf8.count) == [65_537, 65_537, 18_928, 5], "the + counts")
        #expect(lines.dropLast().map { $0.hasSuffix("+") } == [true, true, false])
        #expect(lines.dropLast().map { $0.filter { $0 != "+" } }.joined().utf8.elementsEqual(text))
    }

    @Test func `a line of exactly the longest size is whole`() {
        let text = String(repeating: "x", count: LineCutter.longest)
        #expect(Self.lines(text + "\n") == [text])
        #expect(Self.lines(text, "\n") == [text])
        #expect(Self.lines(text, isFinished: true) == [text])
    }

    @Test func `no character is cut`() {
        let text = String(repeating: "x", count: LineCutter.longest - 1) + "€uro"
        #expect(Self.lines(text + "\n") == [String(repeating: "x", count: LineCutter.longest - 1) + "+", "€uro"])
    }
}
