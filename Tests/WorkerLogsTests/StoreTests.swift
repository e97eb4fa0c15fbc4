// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Synchronization
import TestSupport
import Testing

@testable import WorkerLogs

/// Segments: when they begin and go, and what is read from them.
@Suite(.timeLimit(.minutes(1)))
struct StoreTests {
    private static func with(
        _ limits: LogLimits = LogLimits(), _ body: (inout LogFixture) throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            var fixture = try LogFixture(directory.path + "/logs", limits: limits)
            try body(&fixture)
        }
    }

    private static func limits(segment: Int = 1 << 20, all: Int = 8 << 20) -> LogLimits {
        var limits = LogLimits()
        (limits.segmentBytes, limits.maxBytes) = (segment, all)
        return limits
    }

    @Test func `what is stored is what was printed`() async throws {
        let text = "plain\nquote \" backslash \\ tab \t esc \u{1B}[31mred\u{1B}[0m\n\n€ 𝄞 \u{7F}\n"
        try await Self.with { fixture in
            fixture.print(text)
            let lines = try fixture.page()
            #expect(
                lines.map(\.line)
                    == text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init))
            #expect(lines.allSatisfy { $0.stream == "stdout" && $0.workerId == .first && $0.instance == .instance(0) })
            #expect(lines.allSatisfy { $0.partial == nil && $0.lost == nil })
        }
    }

    /// Whatever the bytes, they become what Swift's own decoder makes of them.
    @Test func `bytes that are no UTF-8 are replaced`() async throws {
        var random = SeededGenerator(seed: 19)
        var texts: [[UInt8]] = [
            [0xFF], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ]
        for _ in 0..<2000 {
            texts.append(
                (0..<Int.random(in: 0..<24, using: &random)).map { _ in
                    let byte = UInt8.random(in: .min ... .max, using: &random)
                    return byte == 10 ? 0x80 : byte
                })
        }
        let all = texts
        try await Self.with { fixture in
            let log = fixture.log()
            for text in all { (text + [10]).withUnsafeBytes { log.didWrite($0, to: .stdout) } }
            fixture.store()
            var query = LogQuery(limit: 10_000)
            query.order = .ascending
            let texts = try fixture.texts(query)
            #expect(texts == all.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    @Test func `a line over 64 KiB comes in parts, and one without its end at the exit`() async throws {
        try await Self.with { fixture in
            let log = fixture.log()
            let long = String(repeating: "y", count: 100_000)
            Array((long + "\nlast").utf8).withUnsafeBytes { log.didWrite($0, to: .stderr) }
            let seq = log.didExit()
            fixture.store()
            let lines = try fixture.page()
            #expect(lines.map(\.partial) == [true, nil, nil])
            #expect(lines[0].line + lines[1].line == long && lines[2].line == "last" && lines[2].seq == seq)
        }
    }

    @Test func `a segment ends at its size, and the oldest go at the limit`() async throws {
        try await Self.with(Self.limits(segment: 1 << 20, all: 3 << 20)) { fixture in
            let text = String(repeating: String(repeating: "z", count: 999) + "\n", count: 50)
            for _ in 0..<200 { fixture.print(text) }
            #expect(fixture.writer.catalog.bytes <= 3 << 20)
            let sizes = try fixture.files.map {
                try FileManager.default.attributesOfItem(atPath: fixture.directory.path + "/" + $0)[.size] as? Int ?? 0
            }
            #expect(sizes.allSatisfy { $0 <= 1 << 20 } && sizes.reduce(0, +) == fixture.writer.catalog.bytes)
            #expect(fixture.writer.catalog.removedThrough[.instance(0)] != nil)
        }
    }

    @Test func `a flood pushes out none of another instance's lines`() async throws {
        try await Self.with(Self.limits(segment: 1 << 20, all: 4 << 20)) { fixture in
            for number in 0..<100 { fixture.print("quiet \(number)\n", 1, worker: 2) }
            let flood = String(repeating: String(repeating: "f", count: 999) + "\n", count: 50)
            for _ in 0..<300 { fixture.print(flood) }
            var query = LogQuery(limit: 1000)
            query.source = .instance(1)
            let texts = try fixture.texts(query)
            #expect(texts == (0..<100).map { "quiet \($0)" })
            #expect(fixture.writer.catalog.bytes <= 4 << 20)
        }
    }

    @Test func `a day has segments of its own, and old ones go`() async throws {
        try await Self.with { fixture in
            fixture.print("yesterday\n")
            fixture.move(by: 86_400_000)
            fixture.print("today\n")
            let files = try fixture.files
            #expect(files.count == 2)
            fixture.move(by: 6 * 86_400_000 + 3_600_000)
            fixture.writer.tidy(at: 1_800_000_000_000 + 7 * 86_400_000 + 3_600_000)
            let texts = try fixture.texts()
            #expect(texts == ["today"])
        }
    }

    @Test func `a clock that is set back starts a segment, and both times are found`() async throws {
        try await Self.with { fixture in
            fixture.print("a\n")
            fixture.move(by: 10_000)
            fixture.print("b\n")
            fixture.move(by: -3_600_000)
            fixture.print("c\n")
            fixture.move(by: -500)
            fixture.print("d\n")
            #expect(try fixture.files.count == 2, "half a second is no step")
            let lines = try fixture.page()
            #expect(lines.map(\.line) == ["a", "b", "c", "d"] && lines.map(\.seq) == lines.map(\.seq).sorted())
            #expect(lines[2].time < lines[1].time && lines[3].time == lines[2].time)
            var late = LogQuery(limit: 10)
            late.since = lines[0].time
            #expect(try fixture.texts(late) == ["a", "b"])
            var early = LogQuery(limit: 10)
            early.until = lines[0].time
            #expect(try fixture.texts(early) == ["c", "d"])
        }
    }

    @Test func `places go on over a restart, and half a line of a crash does no harm`() async throws {
        try await withTemporaryDirectory { directory in
            var first = try LogFixture(directory.path + "/logs")
            first.print("one\n")
            let file = try #require(try first.files.first)
            let handle = try #require(FileHandle(forWritingAtPath: directory.path + "/logs/" + file))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(#"{"seq":1800000000000002,"time":"2027-01-1"#.utf8))
            try handle.close()
            var second = try LogFixture(directory.path + "/logs")
            #expect(try second.texts() == ["one"])
            second.move(by: 1)
            second.print("two\n")
            let lines = try second.page()
            #expect(lines.map(\.line) == ["one", "two"] && lines[0].seq < lines[1].seq)
            #expect(try second.files == [file], "the segment goes on")
        }
    }

    @Test func `a reader keeps a segment that is removed meanwhile`() async throws {
        try await Self.with { fixture in
            for number in 0..<5000 { fixture.print("line \(number)\n") }
            let segment = try #require(fixture.writer.catalog.series[.instance(0)]?.first)
            let filter = LineFilter(LogQuery(limit: 1), through: .max)
            let reader = try SeriesReader([segment], directory: fixture.directory, filter: filter, isReversed: false)
            try fixture.directory.remove(segment)
            var count = 0
            while reader.head != nil {
                count += 1
                try reader.advance()
            }
            #expect(count == 5000)
            let late = try SeriesReader([segment], directory: fixture.directory, filter: filter, isReversed: false)
            #expect(late.head == nil && late.hasGap)
        }
    }

    @Test(arguments: [LogQuery.Order.ascending, .descending])
    func `several instances are read in the order of their lines`(order: LogQuery.Order) async throws {
        try await Self.with(Self.limits(segment: 1 << 20, all: 64 << 20)) { fixture in
            var random = SeededGenerator(seed: 7)
            var expected: [String] = []
            for number in 0..<3000 {
                let text = "\(number) " + String(repeating: "p", count: Int.random(in: 0..<900, using: &random))
                fixture.print(text + "\n", Int.random(in: 0..<5, using: &random))
                expected.append(text)
            }
            var query = LogQuery(limit: 700)
            query.order = order
            var texts: [String] = []
            while true {
                let page = try LogReader(directory: fixture.directory).page(query, fixture.writer.catalog)
                texts += try (0..<page.count).map {
                    try JSONDecoder().decode(LineOfTest.self, from: Data(page[$0])).line
                }
                guard let next = page.next else { break }
                if order == .ascending { query.afterSeq = next } else { query.beforeSeq = next }
            }
            #expect(texts == (order == .ascending ? expected : expected.reversed()))
        }
    }

    @Test func `a text is found as it was printed`() async throws {
        try await Self.with { fixture in
            fixture.print("a\tb\nsay \"hi\"\nu0009\n€uro\n")
            func found(_ text: String) throws -> [String] {
                var query = LogQuery(limit: 10)
                query.contains = text
                return try fixture.texts(query)
            }
            let texts = try ["a\tb", "\"hi\"", "€"].map(found)
            #expect(texts == [["a\tb"], ["say \"hi\""], ["€uro"]])
            let others = try ["tb", "\"}"].map(found)
            #expect(others == [[], []], "neither the t of an escape nor what follows the text is text")
        }
    }

    @Test func `whole lines are passed on, and those of several workers do not mix`() async throws {
        try await withTemporaryDirectory { directory in
            let passed = Passed()
            let fixture = try LogFixture(directory.path + "/logs", forward: .raw) { _, bytes, lines in
                passed.add(bytes, lines)
            }
            let (first, second) = (fixture.log(0), fixture.log(1, worker: 2))
            Array("half ".utf8).withUnsafeBytes { first.didWrite($0, to: .stdout) }
            Array("other\n".utf8).withUnsafeBytes { second.didWrite($0, to: .stdout) }
            Array("whole\nx".utf8).withUnsafeBytes { first.didWrite($0, to: .stdout) }
            #expect(passed.text == "other\nhalf whole\n" && passed.lines == 2)
            _ = first.didExit()
            #expect(passed.text == "other\nhalf whole\nx\n")
        }
    }

    private final class Passed: Sendable {
        private let state = Mutex((text: "", lines: 0))

        var text: String { state.withLock { $0.text } }
        var lines: Int { state.withLock { $0.lines } }

        func add(_ bytes: [UInt8], _ lines: Int) {
            state.withLock { state in
                state.text += String(decoding: bytes, as: UTF8.self)
                state.lines += lines
            }
        }
    }
}
