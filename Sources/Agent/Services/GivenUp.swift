// SPDX-License-Identifier: Apache-2.0

/// Tells when all instances have given up, if the configuration says that this ends the agent.
final class GivenUp: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func tell() {
        continuation.yield()
    }

    /// Returns false if the task is cancelled first.
    func wait() async -> Bool {
        for await _ in stream { return true }
        return false
    }
}
