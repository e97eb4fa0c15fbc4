// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

@testable import Agent

/// The lines of `history export`.
struct ExportFormatTests {
    private static let event = Event(
        seq: 7, time: Timestamp(milliseconds: 1000), type: .exit, workerId: .first, pid: 4001, requestId: "a,b",
        data: ["text": "say \"hi\"\n"])

    @Test func `a line of JSON is the event of the API`() throws {
        let line = try ExportFormat.jsonl.line(Self.event)
        #expect(line.hasSuffix("}\n") && line.count(where: { $0 == "\n" }) == 1)
        #expect(try JSONDecoder().decode(Event.self, from: Data(line.utf8)) == Self.event)
        #expect(ExportFormat.jsonl.header == nil)
    }

    @Test func `a line of CSV quotes what needs it`() throws {
        #expect(
            try ExportFormat.csv.line(Self.event)
                == #"7,1970-01-01T00:00:01.000Z,exit,1,4001,"a,b","{""text"":""say \""hi\""\n""}""# + "\r\n")
        let bare = Event(seq: 8, time: Timestamp(milliseconds: 0), type: .agentStop)
        #expect(try ExportFormat.csv.line(bare) == "8,1970-01-01T00:00:00.000Z,agentStop,,,,{}\r\n")
    }

    @Test func `the header has as many fields as a line`() throws {
        let bare = Event(seq: 8, time: Timestamp(milliseconds: 0), type: .agentStop)
        let count = try ExportFormat.csv.line(bare).count { $0 == "," }
        #expect(ExportFormat.csv.header?.count { $0 == "," } == count)
    }
}
