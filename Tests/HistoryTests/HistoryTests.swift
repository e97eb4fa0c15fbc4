// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import History

struct HistoryTests {
    @Test func anEmptyHistoryHasNoBounds() throws {
        #expect(try History.inMemory().seqBounds == nil)
    }
}
