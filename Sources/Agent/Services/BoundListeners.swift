// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// Tells when all listeners listen, and at which addresses.
struct BoundListeners: Sendable {
    private let count: Int
    private let stream: AsyncStream<Listener>
    private let continuation: AsyncStream<Listener>.Continuation

    init(count: Int) {
        self.count = count
        (stream, continuation) = AsyncStream.makeStream()
    }

    /// - Parameter listener: with the port that the kernel gave.
    func didBind(_ listener: Listener) {
        continuation.yield(listener)
    }

    /// For one caller. Nil if the agent is told to stop first.
    func all() async -> [Listener]? {
        var bound: [Listener] = []
        for await listener in stream.cancelOnGracefulShutdown() {
            bound.append(listener)
            if bound.count == count { return bound }
        }
        return nil
    }
}
