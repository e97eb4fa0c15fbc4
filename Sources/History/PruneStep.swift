// SPDX-License-Identifier: Apache-2.0

/// What one step of pruning did.
package struct PruneStep: Hashable, Sendable {
    /// Events that are gone.
    package var events = 0
    /// Summaries of workers that are gone.
    package var workers = 0
    /// Idempotency keys that are gone, or have lost their answer.
    package var keys = 0
    /// Pages that were given back to the file system.
    package var pages = 0

    /// A step that finds nothing is the last.
    package var isLast: Bool { events == 0 && workers == 0 && keys == 0 && pages == 0 }

    package init() {}
}

extension PruneStep {
    package static func += (total: inout PruneStep, step: PruneStep) {
        total.events += step.events
        total.workers += step.workers
        total.keys += step.keys
        total.pages += step.pages
    }
}
