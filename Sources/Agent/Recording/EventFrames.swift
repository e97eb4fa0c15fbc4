// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// A batch of events as it is written to a stream.
struct EventFrames: Sendable {
    /// The bytes of all events.
    let bytes: ByteBuffer
    /// Where each event ends.
    private let ends: [Int]

    init(_ events: [Event], _ format: EventStreamFormat) throws {
        var bytes = ByteBuffer()
        var ends: [Int] = []
        for event in events {
            bytes.writeBytes(try format.bytes(of: event))
            ends.append(bytes.writerIndex)
        }
        self.bytes = bytes
        self.ends = ends
    }

    /// The bytes of one event.
    subscript(index: Int) -> ByteBufferView {
        bytes.readableBytesView[(index == 0 ? bytes.readerIndex : ends[index - 1])..<ends[index]]
    }
}
