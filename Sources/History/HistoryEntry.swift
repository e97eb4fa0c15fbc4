// SPDX-License-Identifier: Apache-2.0

package import Shared

/// An event to store, with the state of its worker.
package struct HistoryEntry: Sendable {
    /// Its `seq` is nil; the history gives it one.
    package var event: Event
    /// The worker right after the event, which becomes its summary. Nil if the event is not about a worker.
    package var worker: WorkerInfo?

    package init(event: Event, worker: WorkerInfo? = nil) {
        self.event = event
        self.worker = worker
    }
}
