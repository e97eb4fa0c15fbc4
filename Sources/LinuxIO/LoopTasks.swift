// SPDX-License-Identifier: Apache-2.0

/// Where a task stays that has much to do on a loop's thread.
///
/// A task that waited is resumed off its actor first (Swift 6.3). Without this preference that is a thread of the pool, and
/// each wait costs two changes of threads.
package final class LoopTasks: TaskExecutor {
    private let loop: EventLoop

    package init(_ loop: EventLoop) {
        self.loop = loop
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        loop.enqueue(UnownedJob(job), of: asUnownedTaskExecutor())
    }
}
