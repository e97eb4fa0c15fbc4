// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Shared
import Synchronization
import Testing

@testable import Agent

@Suite struct LogFormatTests {
    private final class Lines: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private static func lines(_ log: (inout Logger) -> Void) throws -> [JSONValue] {
        let lines = Lines()
        var logger = Logger(label: "test") { label in
            LineLogHandler(label: label, format: .json) { line in lines.bytes.withLock { $0 += line } }
        }
        log(&logger)
        let text = String(decoding: lines.bytes.withLock { $0 }, as: UTF8.self)
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return try text.split(separator: "\n").map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
    }

    @Test func `each event is one line`() throws {
        let lines = try Self.lines { logger in
            logger[metadataKey: "requestId"] = "r-1"
            logger.warning("two\nlines \"quoted\"", metadata: ["workers": ["1", "2"], "uid": .stringConvertible(7)])
            logger.error("next")
        }
        #expect(lines.count == 2)
        #expect(lines[0]["message"] == "two\nlines \"quoted\"" && lines[0]["level"] == "warning")
        #expect(lines[0]["metadata"]?["requestId"] == "r-1" && lines[0]["metadata"]?["uid"] == "7")
        #expect(lines[0]["metadata"]?["workers"] == ["1", "2"] && lines[0]["logger"] == "test")
        #expect(lines[1]["metadata"]?["workers"] == nil)
    }

    @Test func `nothing below the level is logged`() throws {
        let lines = try Self.lines { logger in
            logger.logLevel = .error
            logger.warning("not this")
        }
        #expect(lines.isEmpty)
    }
}
