// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// Keeps what a test uses on a loop's thread and lets nobody touch it elsewhere.
actor OnLoop<State> {
    private nonisolated let loop: EventLoop
    private var state: State

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ loop: EventLoop, _ state: sending State) {
        self.loop = loop
        self.state = state
    }

    /// Runs `body` on the loop's thread.
    func run<Result: Sendable>(_ body: @Sendable (inout State, EventLoop) throws -> Result) rethrows -> Result {
        try body(&state, loop)
    }
}

/// A loop whose thread ends with `body`.
func withEventLoop<Result>(_ body: (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop()
    defer { loop.stop() }
    return try await body(loop)
}
