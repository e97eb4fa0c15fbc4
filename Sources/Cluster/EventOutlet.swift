// SPDX-License-Identifier: Apache-2.0

import Logging
import Shared

/// Where the primary's events go: to the stream, and to those who wait for a worker.
///
/// Used on the loop's thread alone.
final class EventOutlet {
    /// Events that may wait for the consumer. Lifecycle events are few; this is hours of them.
    private static let capacity = 100_000

    private let queue = EventQueue(capacity: capacity)
    private let logger: Logger

    var waiters = WaitList()
    private(set) var departed = DepartedWorkers()

    init(logger: Logger) {
        self.logger = logger
    }

    var events: PrimaryEvents { PrimaryEvents(queue) }

    func publish(_ event: PrimaryEvent) {
        noteChange(event)
        if !queue.offer(event) { logger.info("event dropped", metadata: ["number": "\(event.number)"]) }
    }

    private func noteChange(_ event: PrimaryEvent) {
        // A worker is after a message what it was before.
        if case .message = event.kind { return }
        guard let worker = event.worker else { return }
        if worker.dead, !worker.connected { departed.insert(worker) }
        waiters.didChange(worker)
    }

    func close() {
        waiters.cancelAll()
        queue.finish()
    }
}
