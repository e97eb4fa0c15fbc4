// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import ServiceLifecycle
import Shared

/// The workers' service: forks them at start, lets them go at the end.
struct PrimaryService: Service {
    let primary: any ClusterPrimary
    let recorder: EventRecorder
    let phase: AgentPhase
    let bound: BoundListeners
    /// Forked at start.
    let workers: Int
    /// Between asking the workers to disconnect and killing them.
    let grace: Duration
    /// How the agent before has ended; nil where nobody knows.
    let lastRun: LastRun?
    let clock: any Clock<Duration>
    /// Called once, when the agent listens and has forked.
    let didStart: @Sendable (_ listeners: [Listener]) -> Void
    let logger: Logger

    /// How long the kernel may take to end what has been killed; a process that hangs in it cannot be waited for.
    private static let killed: Duration = .seconds(5)

    /// - Throws: `StartupError` where the first workers cannot be forked.
    func run() async throws {
        guard let listeners = await bound.all() else { return }
        let start = recorder.record(.agent(.agentStart, reason: "start", ["lastRun": JSONValue(lastRun)]))
        do {
            try await forkFirst()
        } catch {
            await stop(reason: "startup failed")
            throw error
        }
        // Whoever is told that the agent is ready finds its start in the history.
        if let start { await recorder.settle(place: start) }
        phase.didStart()
        didStart(listeners)
        // Cancelled where the agent does not end in good order; the workers get their time all the same.
        try? await gracefulShutdown()
        await stop(reason: "shutdown")
    }

    private func forkFirst() async throws(StartupError) {
        guard workers > 0 else { return }
        do {
            _ = try await primary.fork(count: workers, environment: [:], requestID: nil)
        } catch {
            let code: StartupError.Code = error.reason == .listenFailed ? .unavailable : .configuration
            throw StartupError(code, "cannot fork the first workers: \(error.message)")
        }
    }

    /// Commands are refused from here on; what the workers still do is recorded.
    private func stop(reason: String) async {
        phase.didBeginToStop()
        recorder.causes.agentStops()
        let ids = await primary.disconnectAll(requestID: nil).map(\.id)
        if await !exit(of: ids, within: grace) {
            let left = await primary.workers.filter { !$0.dead }.map(\.id)
            logger.notice("killing workers that did not go", metadata: ["workers": "\(left)"])
            for id in left {
                // One that has ended meanwhile is what we want.
                _ = try? await primary.kill(id, signal: .kill, requestID: nil)
            }
            if await !exit(of: left, within: Self.killed) {
                logger.error("workers are still there after SIGKILL", metadata: ["workers": "\(left)"])
            }
        }
        // The last exits come before the agent's own end.
        await recorder.settle(through: await primary.lastEventNumber)
        recorder.record(.agent(.agentStop, reason: reason))
    }

    /// Not a child of this task, which may be cancelled.
    private func exit(of ids: [WorkerID], within limit: Duration) async -> Bool {
        guard !ids.isEmpty else { return true }
        return await Task {
            await withTaskGroup(of: Bool.self) { group in
                for id in ids {
                    // One that is not there any more throws, and has ended.
                    group.addTask {
                        _ = try? await primary.wait(for: [id], until: .exited); return true
                    }
                }
                group.addTask { (try? await clock.sleep(for: limit)) == nil }
                defer { group.cancelAll() }
                var missing = ids.count
                for await hasExited in group {
                    if !hasExited { return false }
                    missing -= 1
                    if missing == 0 { return true }
                }
                return false
            }
        }.value
    }
}

extension Event {
    fileprivate static func agent(
        _ type: EventType, reason: String, _ more: [String: JSONValue] = [:]
    ) -> Event {
        let fields: [String: JSONValue] = ["version": .string(AgentVersion.current), "reason": .string(reason)]
        return Event(time: .now, type: type, data: .value(.object(fields.merging(more) { _, new in new })))
    }
}

extension JSONValue {
    /// `end` is `none`, `stopped`, `lost` or `unknown`; `at` is the time of the last run's last event.
    fileprivate init(_ run: LastRun?) {
        let (end, time): (String, Timestamp?) =
            switch run {
            case nil: ("unknown", nil)
            case .some(.none): ("none", nil)
            case .stopped(let time): ("stopped", time)
            case .lost(let time): ("lost", time)
            }
        self = ["end": .string(end), "at": time.map { .string("\($0)") } ?? .null]
    }
}
