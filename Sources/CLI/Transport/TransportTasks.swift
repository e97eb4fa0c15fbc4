// SPDX-License-Identifier: Apache-2.0

/// Where the program's tasks prefer to run what is not the actor's.
///
/// A task that waited is resumed off the actor first. Without a preference that is a thread of the pool: three threads
/// would be started for one call, and a part of a reply would be taken later than libcurl reads the next.
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
