// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CLI

struct EventMergeTests {
    @Test(
        arguments: [
            (["44.272", "44.271"], false, [1, 0]), (["44.272", "44.271"], true, [0, 1]),
            (["44.272", "44.272", "44.272"], false, [0, 1, 2]), (["44.272", "44.272"], true, [0, 1]),
        ])
    func `the earliest event comes first, the latest first in reverse, and of equals the first host's`(
        times: [String], isReversed: Bool, expected: [Int]
    ) {
        let places = times.enumerated().map { EventPlace(time: $1, host: $0, isReversed: isReversed) }
        #expect(places.reversed().sorted().map(\.host) == expected)
    }

    @Test(arguments: [false, true])
    func `a line that is not an event keeps its host's order and delays nothing`(isReversed: Bool) {
        func places(_ times: [String], host: Int) -> [EventPlace] {
            var places: [EventPlace] = []
            for time in isReversed ? times.reversed() : times {
                places.append(EventPlace(time: time, host: host, isReversed: isReversed, after: places.last))
            }
            return places
        }
        let (first, second) = (places(["1", "", "4"], host: 0), places(["2", "3"], host: 1))
        #expect(first == first.sorted())
        // Beside the event before it, in whichever order.
        #expect(first[1].time == first[0].time && (first[1] < second[0]))
        let unknown = places([""], host: 2)
        #expect(unknown[0] < first[0] && !(first[0] < unknown[0]))
    }

    @Test func `an event without any field is still an event`() throws {
        let line = EventLine(try #require(RawJSON("{}".utf8)))
        #expect(line.seq == nil && line.time.isEmpty)
        #expect(EventTable.row(line).map(\.text) == ["", "", "-", ""])
    }

    @Test func `an unknown type is shown with its fields`() throws {
        let line = EventLine(try #require(RawJSON(#"{"type": "reload", "data": {"step": 1}}"#.utf8)))
        #expect(EventTable.row(line).map(\.text) == ["", "reload", "-", #"{"step": 1}"#])
    }

    @Test(arguments: [
        (
            #"{"type":"exit","data":{"code":1,"signal":null,"exitedAfterDisconnect":false,"uptimeMs":62000}}"#,
            "code 1 after 1m02s"
        ),
        (#"{"type":"exit","data":{"code":null,"signal":"SIGKILL","uptimeMs":-5}}"#, "SIGKILL after 0s"),
        (#"{"type":"exit","data":{"code":null,"signal":null,"reason":"agentLost"}}"#, "agent was killed"),
        (
            #"{"type":"exit","requestId":"r","data":{"code":null,"reason":"spawnFailed","principal":"uid:0"}}"#,
            "could not be started"
        ),
        (
            #"{"type":"exit","requestId":"r","data":{"code":0,"reason":"disconnected","principal":"token:ops"}}"#,
            "code 0, by token:ops"
        ),
        (#"{"type":"exit","data":{"code":0,"reason":"agentStopped"}}"#, "code 0, the agent stopped"),
        (
            #"{"type":"leaving","requestId":"r","data":{"deadline":null,"reason":"command","principal":"uid:0"}}"#,
            "asked by uid:0"
        ),
        (
            #"{"type":"leaving","data":{"deadline":"2026-11-22T15:51:44.272Z","reason":"agentStopped"}}"#,
            "the agent stops, until 2026-11-22T15:51:44.272Z"
        ),
        // A worker that disconnects by itself says the same of itself.
        (#"{"type":"disconnect","requestId":null,"data":{"exitedAfterDisconnect":true}}"#, ""),
        (
            #"{"type":"disconnect","requestId":"r","data":{"exitedAfterDisconnect":true,"principal":"uid:0"}}"#,
            "by uid:0"
        ),
        (#"{"type":"listening","data":{"address":"::","port":80,"addressType":6}}"#, "[::]:80"),
        (#"{"type":"listening","data":{"address":"/a.sock","port":-1,"addressType":-1}}"#, "/a.sock"),
        (#"{"type":"fork","data":{"exec":"a.js","args":["-v"],"settingsRevision":1}}"#, "a.js -v"),
        (#"{"type":"setup","data":{"settings":{"exec":"a.js","args":[],"revision":2}}}"#, "revision 2: a.js"),
        (#"{"type":"fork","data":null}"#, "?"), (#"{"type":"exit"}"#, "?"), (#"{"type":"listening","data":[]}"#, "[]"),
    ])
    func `the detail says what the type's fields mean`(json: String, expected: String) throws {
        #expect(EventTable.detail(EventLine(try #require(RawJSON(json.utf8)))) == expected)
    }

    @Test func `lines may be cut anywhere`() throws {
        var splitter = LineAssembler(limit: 10)
        var lines: [String] = []
        for byte in "ab\r\n\nc\nd".utf8 {
            lines += try splitter.append([byte]).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(lines == ["ab", "", "c"])
        #expect(splitter.finish() == Array("d".utf8))
        #expect(splitter.finish() == nil)
    }

    @Test func `lines that are too long are left out and counted`() throws {
        let text = Array("ab\nthis is too long\r\n0123456789\ncd\nthis too, with".utf8)
        for piece in 1...text.count {
            var splitter = LineAssembler(limit: 10)
            var (lines, tooLong): ([String], Int) = ([], 0)
            for start in stride(from: 0, to: text.count, by: piece) {
                let result = try splitter.skipping(text[start..<min(start + piece, text.count)])
                lines += result.lines.map { String(decoding: $0, as: UTF8.self) }
                tooLong += result.tooLong
            }
            #expect(lines == ["ab", "0123456789", "cd"] && tooLong == 2)
        }
    }

    @Test func `an endless line is refused`() {
        var splitter = LineAssembler(limit: 10)
        #expect(throws: LineAssembler.TooLong.self) { try splitter.append(Array(repeating: 0x61, count: 11)) }
    }
}
