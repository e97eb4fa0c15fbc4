// SPDX-License-Identifier: Apache-2.0

/// What one transfer delivers, a part at a time.
///
/// Not an AsyncStream: its `next` leaves the actor for a thread of the pool, so libcurl could read without limit,
/// faster than parts are consumed. Here the reader goes on in the loop's next round and takes everything before libcurl
/// reads more.
// Unchecked: the transfer delivers on the loop's thread, and the reader is on the actor, which runs on that thread.
final class ReplyStream: @unchecked Sendable {
    let id: Transfer.ID
    private var parts: [ReplyPart] = []
    private var taken = 0
    private var end: Result<Void, TransportFailure>?
    private var reader: CheckedContinuation<Void, Never>?

    init(id: Transfer.ID) {
        self.id = id
    }

    /// The next part; nil after the last one. For one reader.
    ///
    /// - Throws: `TransportFailure` if the transfer failed, after everything that came before.
    @TransportActor
    func next() async throws -> ReplyPart? {
        while taken == parts.count {
            if let end {
                try end.get()
                return nil
            }
            parts.removeAll(keepingCapacity: true)
            taken = 0
            await withCheckedContinuation { reader = $0 }
        }
        defer { taken += 1 }
        return parts[taken]
    }

    func deliver(_ part: ReplyPart) {
        parts.append(part)
        wakeReader()
    }

    func finish(_ result: Result<Void, TransportFailure>) {
        end = result
        wakeReader()
    }

    private func wakeReader() {
        reader?.resume()
        reader = nil
    }
}

/// What a transfer delivers: the head once, then the body in pieces.
enum ReplyPart: Sendable {
    /// - Parameter retryAfter: the header's seconds, if the agent gave a number.
    case head(status: Int, retryAfter: Int?)
    case bytes([UInt8])
}
