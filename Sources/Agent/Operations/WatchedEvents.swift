// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// What one watcher is sent of a batch that it shares with others.
struct WatchedEvents: Sendable {
    private let batch: EventBatch
    /// The places of the events in the batch; nil: all of them.
    private let places: [Int]?

    /// Nil where there is nothing for this watcher.
    init?(_ batch: EventBatch, where isWanted: (Event) -> Bool) {
        let places = batch.events.indices.filter { isWanted(batch.events[$0]) }
        guard !places.isEmpty else { return nil }
        self.batch = batch
        self.places = places.count == batch.events.count ? nil : places
    }

    var events: [Event] { places?.map { batch.events[$0] } ?? batch.events }

    /// Those of all watchers where this one gets all.
    func bytes(_ format: EventStreamFormat) throws -> ByteBuffer {
        let frames = try batch.frames(format)
        guard let places else { return frames.bytes }
        var bytes = ByteBuffer()
        for place in places { bytes.writeBytes(frames[place]) }
        return bytes
    }
}
