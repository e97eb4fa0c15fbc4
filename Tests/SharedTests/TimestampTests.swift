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

    @Test func `a time without a fraction is read too`() {
        #expect(Timestamp("2026-11-22T15:51:44Z")?.milliseconds == 1_795_362_704_000)
    }

    @Test(arguments: ["", "yesterday", "2026-13-01T00:00:00Z"])
    func `what is no time is refused`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }
}
