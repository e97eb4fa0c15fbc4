// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Agent

/// Which signals are somebody's second request to end.
@Suite struct SignalRepeatsTests {
    private let start = ContinuousClock.now

    @Test func `the same signal counts once within half a second`() {
        var repeats = SignalRepeats()
        let counted = [
            repeats.counts(SIGTERM, at: start),
            repeats.counts(SIGTERM, at: start),
            repeats.counts(SIGTERM, at: start + .milliseconds(499)),
            repeats.counts(SIGTERM, at: start + .milliseconds(500)),
        ]
        #expect(counted == [true, false, false, true])
    }

    @Test func `a signal that is sent again and again is heard`() {
        var repeats = SignalRepeats()
        let times = (0..<12).map { start + .milliseconds(100 * $0) }
        #expect(times.filter { repeats.counts(SIGTERM, at: $0) } == [times[0], times[5], times[10]])
    }

    @Test func `another signal counts at once`() {
        var repeats = SignalRepeats()
        let counted = [
            repeats.counts(SIGTERM, at: start),
            repeats.counts(SIGINT, at: start),
            repeats.counts(SIGTERM, at: start + .milliseconds(1)),
        ]
        #expect(counted == [true, true, false])
    }
}
