// SPDX-License-Identifier: Apache-2.0

/// Where the program's tasks run if they are not on the actor.
///
/// A task that has waited is resumed off the actor first. Without a preference that happens on a thread of the pool.
/// One call would start three threads, and libcurl would read the next part of a reply before this one is taken.
final class TransportTasks: TaskExecutor {
    private let loop: TransportLoop

    init(_ loop: TransportLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        loop.enqueue(UnownedJob(job), of: asUnownedTaskExecutor())
    }

    /// A task that stays on the loop's thread.
    @discardableResult
    static func start<Success: Sendable>(
        _ body: @escaping @TransportActor @Sendable () async -> Success
    ) -> Task<Success, Never> {
        Task(executorPreference: TransportActor.shared.tasks) { await body() }
    }
}
