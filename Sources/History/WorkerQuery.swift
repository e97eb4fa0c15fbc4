// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Which workers' summaries to read, by id and ascending.
package struct WorkerQuery: Hashable, Sendable {
    /// Empty: every state.
    package var states: Set<WorkerState>
    /// Exclusive.
    package var after: WorkerID?
    /// How many at most.
    package var limit: Int

    package init(states: Set<WorkerState> = [], after: WorkerID? = nil, limit: Int = 100) {
        self.states = states
        self.after = after
        self.limit = limit
    }
}
