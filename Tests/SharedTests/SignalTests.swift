// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@Suite struct SignalTests {
    @Test(arguments: [("SIGTERM", 15), ("TERM", 15), ("sigkill", 9), ("0", 0), ("SIGRTMIN+1", 35)])
    func `a name or a number names a signal`(_ text: String, _ number: Int) {
        #expect(Signal(text)?.number == Int32(number))
    }

    @Test(arguments: ["", "SIGNOPE", "-1", "32", "65", "15 ", "+15x"])
    func `an invalid signal is refused`(_ text: String) {
        #expect(Signal(text) == nil)
    }
}
