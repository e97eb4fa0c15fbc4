// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Cuts a stream of bytes into lines. What lies whole in one read is not copied.
struct LineSplitter {
    private var partial: [UInt8] = []

    /// Bytes of a frame that is not complete yet.
    var heldBytes: Int { partial.count }

    /// Hands each complete line to `body`, without its newline.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(WireError) -> Void
    ) throws(WireError) {
        var rest = bytes
        while let end = Self.newline(in: rest) {
            let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
            rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
            if partial.isEmpty {
                try body(line)
            } else {
                partial.append(contentsOf: line)
                // Taken out first: `body` may throw, and the line is over either way.
                let whole = partial
                partial = []
                var failure: WireError?
                whole.withUnsafeBytes { whole in
                    do throws(WireError) { try body(whole) } catch { failure = error }
                }
                if let failure { throw failure }
            }
        }
        guard partial.count + rest.count <= maximumFrameSize else {
            throw WireError("a message is longer than \(maximumFrameSize) bytes", .messageTooLarge)
        }
        partial.append(contentsOf: rest)
    }

    private static func newline(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}
