// SPDX-License-Identifier: Apache-2.0

@testable import Cluster
import History
import Logging
import Shared
import Synchronization

@testable import Agent

/// A store that does what a test tells it.
final class ScriptedStore: EventStore {
    enum Answer {
        /// Stores.
        case store
        /// As a full disk does.
        case fail
        /// Stores what `EventType.command` is not among, and refuses the rest for ever.
        case refuseCommands
        /// Does not answer before ``release()``.
        case hang
    }

    private struct State {
        var answer: Answer
        var batches: [[Event]] = []
        var hanging: [CheckedContinuation<Void, Never>] = []
        var attempts: Int64 = 0
    }

    private let state: Mutex<State>
    /// Yields the number of each attempt when it begins.
    let attempts: AsyncStream<Int64>
    private let attempt: AsyncStream<Int64>.Continuation

    init(_ answer: Answer = .store) {
        state = Mutex(State(answer: answer))
        (attempts, attempt) = AsyncStream.makeStream()
    }

    var batches: [[Event]] { state.withLock { $0.batches } }
    var stored: [Event] { batches.flatMap(\.self) }

    func answer(_ answer: Answer) {
        state.withLock { $0.answer = answer }
    }

    func release() {
        let hanging = state.withLock { state in
            state.answer = .store
            defer { state.hanging = [] }
            return state.hanging
        }
        for continuation in hanging { continuation.resume() }
    }

    func store(_ entries: [HistoryEntry]) async throws -> [Int64] {
        let answer = state.withLock { state in
            state.attempts += 1
            attempt.yield(state.attempts)
            return state.answer
        }
        switch answer {
        case .store: break
        case .fail: throw ClusterError(.unavailable, .historyUnavailable, "the disk is full")
        case .refuseCommands:
            if entries.contains(where: { $0.event.type == .command }) {
                throw ClusterError(.internal, .internalError, "an entry breaks a rule")
            }
        case .hang:
            await withCheckedContinuation { continuation in
                state.withLock { $0.hanging.append(continuation) }
            }
        }
        return state.withLock { state in
            let first = state.batches.reduce(1) { $0 + $1.count }
            state.batches.append(entries.map(\.event))
            return entries.indices.map { Int64(first + $0) }
        }
    }
}

/// A recorder with a primary whose events the test makes.
struct RecorderFixture {
    let recorder: EventRecorder
    let broadcaster = EventBroadcaster()
    let watcher: Subscription
    private let primary: AsyncStream<PrimaryEvent>.Continuation
    private let running: Task<Void, any Error>

    init(_ store: (any EventStore)?, limits: EventRecorder.Limits = Self.quick) throws {
        let (events, primary) = AsyncStream.makeStream(of: PrimaryEvent.self)
        self.primary = primary
        let recorder = EventRecorder(
            primary: events, store: store, broadcaster: broadcaster, limits: limits,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.recorder = recorder
        watcher = try broadcaster.subscribe(messages: true)
        running = Task { try await recorder.run() }
    }

    /// Retries follow each other without delay.
    static var quick: EventRecorder.Limits {
        EventRecorder.Limits(
            entries: 100, firstRetry: .microseconds(1), lastRetry: .milliseconds(1), settle: .seconds(60))
    }

    /// Retries never come.
    static var patient: EventRecorder.Limits {
        EventRecorder.Limits(entries: 8, firstRetry: .seconds(600), lastRetry: .seconds(600), settle: .seconds(60))
    }

    func happen(_ number: UInt64, _ kind: PrimaryEvent.Kind, requestID: String? = nil) {
        var worker = WorkerInfo(
            id: .first, pid: 4001, exec: "/srv/app.js", args: ["-p", "1"], settingsRevision: 2,
            forkedAt: Timestamp(milliseconds: 5))
        worker.exitedAfterDisconnect = true
        let isSetup = if case .setup = kind { true } else { false }
        primary.yield(
            PrimaryEvent(
                number: number, time: Timestamp(milliseconds: Int64(number)), worker: isSetup ? nil : worker,
                requestID: requestID, kind: kind))
    }

    func message(_ number: UInt64, _ json: String, handle: String? = nil) {
        happen(number, .message(WorkerMessage(json: Array(json.utf8), handle: handle)))
    }

    /// Ends the primary's stream and waits for the recorder to be done.
    func finish() async throws {
        primary.finish()
        try await running.value
    }

    func cancel() async throws {
        running.cancel()
        try await running.value
    }

    /// The next `count` events that a watcher gets.
    func published(_ count: Int) async -> [Event] {
        var events: [Event] = []
        while events.count < count, case .events(let batch) = await watcher.next() { events += batch }
        return events
    }
}
