// SPDX-License-Identifier: Apache-2.0

/// Reads what the other end writes, in one of Node's serializations.
protocol WireReader<Frame> {
    associatedtype Frame: WireFrame

    /// Takes what was read and hands each complete message to `body`.
    ///
    /// - Throws: `WireError` where the bytes are no message; the stream is then useless.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, _ body: (Frame) -> Void) throws(WireError)
}

/// The largest message that is taken, in bytes. Node has no bound; memory has.
let maximumFrameSize = 256 << 20
