// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// The part of a shared batch that one watcher gets.
struct WatchedEvents: Sendable {
    private let batch: EventBatch
    /// The places of the events in the batch. Nil means all.
    private let places: [Int]?

    /// Nil if this watcher gets nothing.
    init?(_ batch: EventBatch, where isWanted: (Event) -> Bool) {
        let places = batch.events.indices.filter { isWanted(batch.events[$0]) }
        guard !places.isEmpty else { return nil }
        self.batch = batch
        self.places = places.count == batch.events.count ? nil : places
    }

    var events: [Event] { places?.map { batch.events[$0] } ?? batch.events }

    /// The batch's own frames if this watcher gets all of it.
    func bytes(_ format: EventStreamFormat) throws -> ByteBuffer {
        let frames = try batch.frames(format)
        guard let places else { return frames.bytes }
        var bytes = ByteBuffer()
        for place in places { bytes.writeBytes(frames[place]) }
        return bytes
    }
}
