// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Ends the process directly, because the parts that should end it may be stuck.
enum LastResort {
    private static let queue = DispatchQueue(label: "cluster.last-resort")

    /// Ends the process after `time`, unless it has ended by then or `isNeeded` says no.
    ///
    /// Nothing is tidied up. The history looks as after a crash, and the next agent on the data directory cleans up
    /// what is left behind.
    static func exit(
        _ code: Int32, after time: DispatchTimeInterval, if isNeeded: @escaping @Sendable () -> Bool = { true }
    ) {
        queue.asyncAfter(deadline: .now() + time) {
            guard isNeeded() else { return }
            AgentStreams.error.write(
                "cluster-agent: it does not end in good order (a disk may not answer), so it ends at once")
            AgentStreams.error.flush(within: 0.5)
            _exit(code)
        }
    }
}
