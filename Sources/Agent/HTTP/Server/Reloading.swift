// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Repeats something on request, on a thread of its own that may block, one run at a time. The caller never waits.
final class Reloading: Sendable {
    private let queue = DispatchQueue(label: "reloading")
    /// One request waits for its turn. It serves all requests that come meanwhile.
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
