// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

/// A number is written in one way.
@Suite struct DigitsTests {
    @Test(arguments: [("0", 0), ("7", 7), ("65535", 65535)] as [(String, UInt16)])
    func `plain digits are read`(_ text: String, _ number: UInt16) {
        #expect(UInt16(digits: text) == number)
    }

    @Test(arguments: [
        "", "+7", "-0", "-7", "007", "00", " 7", "7 ", "65536", "0x7", "7.0", "1_000", "\u{667}", "7\u{301}",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(UInt16(digits: text) == nil)
    }

    @Test(arguments: ["007", "+7", "0", "-1", ""])
    func `a worker's id has one spelling`(_ text: String) {
        #expect(WorkerID(text) == nil)
    }

    @Test(arguments: ["+9", "009", "-0", "\u{17F}igterm", "SIGSIGTERM", "32"])
    func `a text that resembles a signal is not one`(_ text: String) {
        #expect(Signal(text) == nil)
    }
}
