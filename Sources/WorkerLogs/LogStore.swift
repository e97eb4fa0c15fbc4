// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
package import Shared
import Synchronization

/// Stores what workers print, and reads it.
///
/// Three kinds of threads meet here. One reads the workers' pipes (`WorkerLog`) and never waits. One writes to the disk. Some
/// read what is stored. Between the first two is a bounded queue.
package final class LogStore: Sendable {
    /// How the store stands, for monitoring.
    package struct Statistics: Sendable {
        /// Lines that were stored since the start.
        package let stored: Int
        /// Lines that were lost since the start.
        package let lost: Int
        /// What the segments take.
        package let bytes: Int
    }

    private let directory: LogDirectory
    private let queue = LogQueue()
    private let intake: LogIntake
    private let health = LogHealth()
    /// What can be read, as of the end of the writer's last round.
    private let published: Mutex<SegmentCatalog>
    private let followers = LogFollowers()
    private let readers = LogReaders()
    private let ended = DispatchSemaphore(value: 0)
    private let onStored: @Sendable (_ seq: Int64) -> Void

    /// Opens the directory, which need not exist, and starts the thread that writes.
    ///
    /// - Parameters:
    ///   - adopt: gives a new file to the owner of the directory above.
    ///   - outlet: gets whole lines for the agent's own output; must not wait.
    ///   - onNotice: told on the thread that writes.
    ///   - onStored: told, on the thread that writes, up to which place all lines are stored or lost.
    package init(
        directory path: String, limits: LogLimits = LogLimits(), forward: LogForward = .none,
        adopt: @escaping @Sendable (Int32, String) -> Void = { _, _ in },
        outlet: @escaping @Sendable (WorkerStream, [UInt8], Int) -> Void = { _, _, _ in },
        onNotice: @escaping @Sendable (LogNotice) -> Void = { _ in },
        onStored: @escaping @Sendable (Int64) -> Void = { _ in }
    ) {
        let directory = LogDirectory(path: path, adopt: adopt)
        self.directory = directory
        self.onStored = onStored
        // If something cannot be read now, the first write reports it.
        let segments = try? directory.segments { fragment in
            // No limit counts this file, so nothing else would remove it.
            unlink(fragment)
        }
        let catalog = SegmentCatalog(limits: limits, segments: segments ?? [])
        published = Mutex(catalog)
        intake = LogIntake(
            queue: queue, after: catalog.lastSeq, forward: forward, now: LogIntake.microseconds, outlet: outlet)
        // A queue of its own has a thread of its own, for as long as the block runs.
        DispatchQueue(label: "cluster.logs").async { [self, health] in
            run(
                LogWriter(
                    directory: directory, limits: limits, catalog: catalog, health: health, onNotice: onNotice))
        }
    }

    /// What takes a worker's output.
    package func log(of worker: WorkerID?, source: OutputSource) -> WorkerLog {
        WorkerLog(intake, worker: worker, source: source)
    }

    /// What was there to read has been read; for the thread that reads.
    package func turnDidEnd() {
        intake.turnDidEnd()
    }

    /// Why lines cannot be stored; nil while they can.
    package var trouble: String? {
        health.failure.map { "\($0) (\(statistics.lost) lines are lost)" }
    }

    package var statistics: Statistics {
        Statistics(
            stored: health.stored, lost: health.lost + queue.lost, bytes: published.withLock { $0.bytes })
    }

    /// The place of the last line that can be read.
    package var lastSeq: Int64 { published.withLock { $0.lastSeq } }

    /// Reads lines on a thread for that.
    ///
    /// - Throws: what the kernel says.
    package func page(_ query: LogQuery) async throws -> LogPage {
        let catalog = published.withLock { $0 }
        let reader = LogReader(directory: directory)
        return try await readers.run { try reader.page(query, catalog) }
    }

    /// Yields whenever there may be more to read. A slow reader gets several signals as one.
    package func changes() -> AsyncStream<Void> { followers.changes() }

    /// Stores what has come, and ends. Call it when the thread that reads has ended.
    package func close(within seconds: Double) {
        queue.finish()
        _ = ended.wait(timeout: .now() + seconds)
        followers.finish()
    }

    // MARK: The thread that writes

    /// Between two tries while the disk does not work, in seconds.
    private static let retryPause = 1.0
    /// Between two looks at the age of segments, in seconds.
    private static let tidyPause = 60.0

    private func run(_ writer: LogWriter) {
        var writer = writer
        var tidied = ContinuousClock.now - .seconds(Self.tidyPause)
        while let items = queue.take(within: writer.isFailing ? Self.retryPause : Self.tidyPause) {
            for item in items {
                switch item {
                case .batch(let batch):
                    writer.write(batch)
                    queue.didWrite(batch)
                case .lost(let lines, let source): writer.didLose(lines, of: source)
                }
            }
            if ContinuousClock.now - tidied > .seconds(Self.retryPause) {
                tidied = .now
                writer.retry()
                writer.tidy(at: LogIntake.microseconds() / 1000)
            }
            publish(writer)
        }
        writer.retry()
        publish(writer)
        ended.signal()
    }

    private func publish(_ writer: LogWriter) {
        published.withLock { $0 = writer.catalog }
        onStored(writer.catalog.lastSeq)
        followers.tell()
    }
}

/// Who waits for more lines.
private final class LogFollowers: Sendable {
    private struct State {
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = state.withLock { state in
            state.next += 1
            if state.isFinished { continuation.finish() } else { state.continuations[state.next] = continuation }
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.continuations[key] = nil }
        }
        return stream
    }

    func tell() {
        let all = state.withLock { Array($0.continuations.values) }
        for continuation in all { continuation.yield() }
    }

    func finish() {
        let all = state.withLock { state in
            state.isFinished = true
            return Array(state.continuations.values)
        }
        for continuation in all { continuation.finish() }
    }
}

/// A few threads that read files, so that no disk holds up the threads that serve.
private final class LogReaders: Sendable {
    private static let threads = 4
    private let queues = (0..<threads).map { DispatchQueue(label: "cluster-log-reader-\($0)") }
    private let next = Atomic(0)

    func run(_ body: @escaping @Sendable () throws -> LogPage) async throws -> LogPage {
        let place = next.wrappingAdd(1, ordering: .relaxed).newValue
        return try await withCheckedThrowingContinuation { continuation in
            queues[place % Self.threads].async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
