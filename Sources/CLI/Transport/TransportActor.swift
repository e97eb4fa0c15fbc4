// SPDX-License-Identifier: Apache-2.0

/// Everything that talks to agents runs on this actor, and the actor runs on one thread: the loop that also drives
/// libcurl. So there are no locks and no thread per host, and a blocked standard output stops the reading.
@globalActor
actor TransportActor {
    static let shared = TransportActor()

    nonisolated let loop: TransportLoop
    nonisolated let tasks: TransportTasks

    private init() {
        loop = TransportLoop()
        tasks = TransportTasks(loop)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
}
