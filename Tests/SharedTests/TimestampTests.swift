// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@Suite struct TimestampTests {
    @Test func `a time is written in UTC with milliseconds and reads back`() {
        let time = Timestamp(milliseconds: 1_795_362_704_272)
        #expect(time.description == "2026-11-22T15:51:44.272Z")
        #expect(Timestamp(time.description) == time)
    }

    @Test func `no millisecond is lost in writing`() {
        let first: Int64 = 1_795_362_704_000
        for milliseconds in first..<first + 1000 {
            #expect(Timestamp(Timestamp(milliseconds: milliseconds).description)?.milliseconds == milliseconds)
        }
    }

    @Test func `no time is so late that it cannot be written`() {
        let time = Timestamp(milliseconds: 1000)
        #expect(time.advanced(by: .milliseconds(1500)).milliseconds == 2500)
        for duration in [Duration.seconds(Int64.max), .seconds(Int64.max / 1000)] {
            #expect(time.advanced(by: duration).description == "9999-12-31T23:59:59.999Z")
        }
    }

    @Test func `a time without a fraction is read too`() {
        #expect(Timestamp("2026-11-22T15:51:44Z")?.milliseconds == 1_795_362_704_000)
    }

    @Test(
        arguments: [
            ("2026-11-22t15:51:44z", 1_795_362_704_000), ("2026-11-22 15:51:44+05:30", 1_795_342_904_000),
            ("2026-11-22T15:51:44.5-00:00", 1_795_362_704_500), ("2026-11-22T15:51:44.2729999Z", 1_795_362_704_272),
            ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("0000-02-29T00:00:00Z", -62_162_121_600_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
            // A leap second is the second that follows.
            ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("2017-01-01T05:29:60+05:30", 1_483_228_800_000),
        ] as [(String, Int64)])
    func `all that RFC 3339 allows is read`(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "yesterday", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-22T25:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T15:60:44Z", "2026-11-22T15:51:61Z", "2026-11-22T15:51:60Z",
        "2026-11-22T15:51:44Zjunk", "2026-11-22T15:51:44Z junk", " 2026-11-22T15:51:44Z", "2026-11-22T15:51:44",
        "2026-11-22T15:51:44.Z", "2026-11-22T15:51:44,5Z", "2026-11-22T15:51:44+05:60", "2026-11-22T15:51:44+24:00",
        "2026-11-22T15:51:44+0530", "2026-11-22T15:51:44+05", "2026-11-22", "20261122T155144Z", "+2026-11-22T15:51:44Z",
        "-026-11-22T15:51:44Z", "2026-1-22T15:51:44Z", "2026-11-22T15:51:4Z", "2026-11-22T15:51Z",
        "2026-11-22T15:51:44\u{2212}05:30", "\u{662}026-11-22T15:51:44Z",
    ])
    func `an invalid time is refused`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `each day of 800 years is written and read`() {
        for day in Int64(-146_097)..<146_097 {
            let time = Timestamp(milliseconds: day * 86_400_000 + 12_345_678)
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test(arguments: [Int64.min, Int64.max])
    func `the first and the last time can be written`(_ milliseconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).description.hasSuffix("Z"))
    }
}
