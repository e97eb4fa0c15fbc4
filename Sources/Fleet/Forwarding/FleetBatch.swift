// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Events that follow each other in a local history, and the workers that they are about.
package struct FleetBatch: Sendable {
    /// By seq. Their data is ``EventData/text(_:)`` if nobody needs to look at it.
    package var events: [Event]
    /// As they are now, so at least as new as the events.
    package var workers: [WorkerInfo]
    /// There are more behind the last.
    package var hasMore: Bool
    /// What the history had after the events were read. It may have removed some in between.
    package var extent: LocalExtent?

    package init(
        events: [Event] = [], workers: [WorkerInfo] = [], hasMore: Bool = false, extent: LocalExtent? = nil
    ) {
        self.extent = extent
        self.events = events
        self.workers = workers
        self.hasMore = hasMore
    }
}
