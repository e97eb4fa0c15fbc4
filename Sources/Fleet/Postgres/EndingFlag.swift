// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Tells a thread that waits for a server that nobody waits for it any more.
final class EndingFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .acquiring) }

    func set() { flag.store(true, ordering: .releasing) }
}
