// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Shared
import Synchronization
import Testing

@testable import Agent

/// Lines that strangers cause.
@Suite(.timeLimit(.minutes(1)))
struct BoundedLogTests {
    /// What was logged, and a word for each line.
    private final class Lines: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        let written: AsyncStream<Void>
        private let write: AsyncStream<Void>.Continuation

        init() {
            (written, write) = AsyncStream.makeStream()
        }

        var logger: Logger {
            Logger(label: "test") { label in
                LineLogHandler(label: label, format: .json) { [self] line in
                    bytes.withLock { $0 += line }
                    write.yield()
                }
            }
        }

        var all: [JSONValue] {
            get throws {
                let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
                return try text.split(separator: "\n").map {
                    try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
                }
            }
        }
    }

    @Test func `lines beyond the limit are counted`() async throws {
        let (clock, lines) = (ManualClock(), Lines())
        let log = BoundedLog(lines: 3, period: .seconds(10), clock: clock)
        for _ in 0..<10 { log.info("request", metadata: [:], to: lines.logger) }
        #expect(try lines.all.count == 3)
        var sleeps = clock.sleeps.makeAsyncIterator()
        #expect(await sleeps.next() == .seconds(10))
        clock.advance(by: .seconds(10))
        var written = lines.written.makeAsyncIterator()
        for _ in 0..<4 { await written.next() }
        #expect(try lines.all.last?["metadata"]?["lines"] == "7")
        // A new period begins.
        for _ in 0..<3 { log.info("request", metadata: [:], to: lines.logger) }
        #expect(try lines.all.count == 7)
    }

    @Test func `a few lines in each period are all written`() throws {
        let (clock, lines) = (ManualClock(), Lines())
        let log = BoundedLog(lines: 3, period: .seconds(10), clock: clock)
        for _ in 0..<10 {
            for _ in 0..<3 { log.info("request", metadata: [:], to: lines.logger) }
            clock.advance(by: .seconds(10))
        }
        #expect(try lines.all.count == 30)
    }
}
