// SPDX-License-Identifier: Apache-2.0

/// Cuts a stream of bytes into frames that begin with their length. What lies whole in one read is not copied.
struct LengthSplitter {
    private static let prefix = 4
    private var partial: [UInt8] = []

    /// Bytes of a frame that is not complete yet.
    var heldBytes: Int { partial.count }

    /// Hands each complete frame to `body`, without its length.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(WireError) -> Void
    ) throws(WireError) {
        guard !partial.isEmpty else {
            let rest = try Self.cut(bytes, body)
            partial.append(contentsOf: bytes[rest...])
            return
        }
        partial.append(contentsOf: bytes)
        // Waits until the first frame is whole, so that a large one is not looked through again and again.
        guard let length = try Self.length(partial), partial.count >= Self.prefix + length else { return }
        let whole = partial
        partial = []
        var failure: WireError?
        whole.withUnsafeBytes { whole in
            do throws(WireError) {
                let rest = try Self.cut(whole, body)
                partial.append(contentsOf: whole[rest...])
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Returns where the first incomplete frame begins.
    private static func cut(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(WireError) -> Void
    ) throws(WireError) -> Int {
        var start = 0
        while let length = try length(bytes[start...]), start + prefix + length <= bytes.count {
            try body(UnsafeRawBufferPointer(rebasing: bytes[(start + prefix)..<(start + prefix + length)]))
            start += prefix + length
        }
        return start
    }

    /// The frame's length, big-endian; nil if not even that is complete.
    private static func length(_ bytes: some Collection<UInt8>) throws(WireError) -> Int? {
        guard bytes.count >= prefix else { return nil }
        let length = bytes.prefix(prefix).reduce(0) { $0 << 8 | Int($1) }
        guard length <= maximumFrameSize else {
            throw WireError("a message is longer than \(maximumFrameSize) bytes", .messageTooLarge)
        }
        return length
    }
}
