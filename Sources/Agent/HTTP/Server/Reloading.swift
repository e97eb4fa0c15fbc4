// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Does something again when asked to, on a thread of its own that may block, once at a time. Who asks never waits.
final class Reloading: Sendable {
    private let queue = DispatchQueue(label: "reloading")
    /// One waits for its turn. It does what all who ask meanwhile have asked for.
    private let isWaiting = Mutex(false)
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    func request() {
        let isFirst = isWaiting.withLock { isWaiting in
            defer { isWaiting = true }
            return !isWaiting
        }
        guard isFirst else { return }
        queue.async { [self] in
            isWaiting.withLock { $0 = false }
            body()
        }
    }
}
