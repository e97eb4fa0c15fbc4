// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

@Suite(.timeLimit(.minutes(1))) struct InterleavingTests {
    /// Each batch runs seeds of its own. To see one again, run `Interleaving(seed:)` with the seed that is reported.
    @Test(arguments: 0..<UInt64(8))
    func `no order of events breaks an invariant`(_ batch: UInt64) {
        for seed in batch * 1000..<batch * 1000 + 250 {
            var interleaving = Interleaving(seed: seed)
            if let failure = interleaving.run(steps: 300) {
                Issue.record("seed \(seed): \(failure)")
                return
            }
        }
    }
}
