// SPDX-License-Identifier: Apache-2.0

@testable import Cluster
import History
import Logging
import Shared

@testable import Agent

/// A recorder with a primary whose events the test makes.
struct RecorderFixture {
    let recorder: EventRecorder
    let broadcaster = EventBroadcaster()
    let watcher: Subscription
    private let primary: AsyncStream<PrimaryEvent>.Continuation
    private let running: Task<Void, any Error>

    init(
        _ store: (any EventStore)?, storesMessages: Bool = false, note: UnstoredNote? = nil,
        limits: EventRecorder.Limits = Self.quick,
        clock: any Clock<Duration> = ContinuousClock()
    ) throws {
        let (events, primary) = AsyncStream.makeStream(of: PrimaryEvent.self)
        self.primary = primary
        let recorder = EventRecorder(
            primary: events, store: store, broadcaster: broadcaster, storesMessages: storesMessages, note: note,
            limits: limits, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.recorder = recorder
        watcher = try broadcaster.subscribe(messages: true)
        running = Task { try await recorder.run() }
    }

    /// Retries follow each other without delay.
    static var quick: EventRecorder.Limits {
        EventRecorder.Limits(
            entries: 100, firstRetry: .microseconds(1), lastRetry: .milliseconds(1), settle: .seconds(60),
            slow: .seconds(600),
            end: .seconds(600))
    }

    /// Retries never come.
    static var patient: EventRecorder.Limits {
        EventRecorder.Limits(
            entries: 8, firstRetry: .seconds(600), lastRetry: .seconds(600), settle: .seconds(60), slow: .seconds(600),
            insist: .zero, end: .seconds(600))
    }

    func happen(_ number: UInt64, _ kind: PrimaryEvent.Kind, requestID: String? = nil) {
        var worker = WorkerInfo(
            id: .first, pid: 4001, exec: "/srv/app.js", args: ["-p", "1"], settingsRevision: 2,
            forkedAt: Timestamp(milliseconds: 5))
        worker.exitedAfterDisconnect = true
        let isSetup = if case .setup = kind { true } else { false }
        var event = PrimaryEvent(
            number: number, time: Timestamp(milliseconds: Int64(number)),
            worker: isSetup ? nil : WorkerSnapshot(worker),
            requestID: requestID, kind: kind)
        event.isCommanded = requestID != nil
        primary.yield(event)
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
        while events.count < count, case .batches(let batches) = await watcher.next() {
            events += batches.flatMap(\.events)
        }
        return events
    }
}
