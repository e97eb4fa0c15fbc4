// SPDX-License-Identifier: Apache-2.0

/// What one transfer delivers, taken a part at a time.
///
/// Not an AsyncStream: its `next` leaves the actor for a thread of the pool, so that libcurl could read faster
/// than the parts are consumed, without end. Here the reader goes on in the loop's next round and takes all
/// that is there before libcurl reads more.
// Unchecked: the transfer delivers on the loop's thread, and the reader is on the actor, which is that thread.
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
    /// - Throws: `TransportFailure` where the transfer failed, after all that came before.
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
    /// - Parameter retryAfter: the header's seconds, where the agent gave a number.
    case head(status: Int, retryAfter: Int?)
    case bytes([UInt8])
}
