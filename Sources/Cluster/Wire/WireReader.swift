// SPDX-License-Identifier: Apache-2.0

/// Reads what the other end writes, in one of Node's serializations.
protocol WireReader<Frame> {
    associatedtype Frame: WireFrame

    /// Takes what was read and hands each complete message to `body`, with its bytes as they came.
    ///
    /// - Throws: `WireError` if the bytes are no message; the stream is then useless.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ body: (Frame, _ raw: UnsafeRawBufferPointer) -> Void
    ) throws(WireError)

    /// Bytes of a message that is not complete yet.
    var heldBytes: Int { get }

    /// Forgets them: nothing more is received.
    mutating func clear()
}

extension WireReader {
    /// For those who do not pass messages on.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, _ body: (Frame) -> Void) throws(WireError) {
        try receive(bytes) { frame, _ in body(frame) }
    }
}

/// The largest message that is taken, in bytes. Node has no bound; memory has.
let maximumFrameSize = 128 << 20

/// The largest message of node:cluster itself, in bytes. Node's own have a few hundred.
let maximumInternalSize = 64 << 10

/// How deep a message of node:cluster itself nests at most. The decoder recurses, and Node's own have three levels.
let maximumInternalLevels = 64
