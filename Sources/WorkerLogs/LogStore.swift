// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc
package import Shared
import Synchronization

/// Stores what workers print, and reads it.
///
/// Three kinds of threads meet here. One reads the workers' pipes (`WorkerLog`) and never waits. One writes to the disk. Some
/// read what is stored, for whoever asks. Between the first two is a bounded queue.
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
        // What cannot be read now the first write complains of.
        let catalog = SegmentCatalog(limits: limits, segments: (try? directory.segments()) ?? [])
        published = Mutex(catalog)
        intake = LogIntake(
            queue: queue, after: catalog.lastSeq, forward: forward, now: LogIntake.microseconds, outlet: outlet)
        let writer = LogWriter(
            directory: directory, limits: limits, catalog: catalog, health: health, onNotice: onNotice)
        Thread.start("cluster-logs") { self.run(writer) }
    }

    /// What takes a worker's output.
    package func log(of worker: WorkerID, instance: Int) -> WorkerLog {
        WorkerLog(intake, worker: worker, instance: instance)
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

    /// Yields whenever there may be more to read. Several times count as one for whoever does not keep up.
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
                case .lost(let lines, let instance): writer.didLose(lines, of: instance)
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

/// A thread that nobody joins.
private enum Thread {
    private final class Body {
        let run: () -> Void

        init(_ run: @escaping () -> Void) {
            self.run = run
        }
    }

    /// For ps and gdb. Swift cannot see pthread_setname_np(3).
    private static func takeName(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = name.withCString { write(file, $0, strlen($0)) }
        close(file)
    }

    /// The process cannot go on without it: at its start there is memory for a thread.
    static func start(_ name: String, _ body: sending @escaping () -> Void) {
        let context = Unmanaged.passRetained(
            Body {
                takeName(name)
                body()
            })
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                // Every signal is another thread's.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                // Balanced here: the body lives as long as the thread.
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        precondition(code == 0, "no thread: \(String(cString: strerror(code)))")
        pthread_detach(thread)
    }
}
