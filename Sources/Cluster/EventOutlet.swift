// SPDX-License-Identifier: Apache-2.0

import Logging
import Shared

/// Where the primary's events go: to the stream, and to those who wait for a worker.
///
/// Used on the loop's thread alone.
final class EventOutlet {
    /// Events that may wait for the consumer. Lifecycle events are few; this is hours of them.
    private static let capacity = 100_000

    let events: AsyncStream<PrimaryEvent>
    private let continuation: AsyncStream<PrimaryEvent>.Continuation
    private let logger: Logger
    /// Messages are dropped when half of the room is taken, so that lifecycle events always have some.
    private var hasRoomForMessages = true

    var waiters = WaitList()
    private(set) var departed = DepartedWorkers()

    init(logger: Logger) {
        self.logger = logger
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    func publish(_ event: PrimaryEvent) {
        if let worker = event.worker {
            if worker.dead, !worker.connected { departed.insert(worker) }
            waiters.didChange(worker)
        }
        if case .message = event.kind, !hasRoomForMessages {
            return logger.info("message dropped", metadata: ["worker": "\(event.worker?.id.description ?? "")"])
        }
        switch continuation.yield(event) {
        case .enqueued(let remaining): hasRoomForMessages = remaining > Self.capacity / 2
        case .dropped: logger.info("event dropped", metadata: ["number": "\(event.number)"])
        case .terminated: break
        @unknown default: break
        }
    }

    func close() {
        waiters.cancelAll()
        continuation.finish()
    }
}
