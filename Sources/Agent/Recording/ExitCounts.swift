// SPDX-License-Identifier: Apache-2.0

import History
import Shared
import Synchronization

/// How many workers have ended, by reason: the one that the history has too.
final class ExitCounts: Sendable {
    private let counts = Mutex<[ExitReport.Reason: Int]>([:])

    var values: [ExitReport.Reason: Int] { counts.withLock { $0 } }

    /// Counts what is an end.
    func count(_ item: RecorderItem) {
        guard case .stored(let entry) = item.content, entry.event.type == .exit, let exit = entry.worker?.exit
        else { return }
        counts.withLock { $0[exit.reason, default: 0] += 1 }
    }
}
