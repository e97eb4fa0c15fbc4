// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import ServiceLifecycle
import Shared

/// The workers' service: keeps them running from the start, and ends them at shutdown.
struct PrimaryService: Service {
    let primary: any ClusterPrimary
    let supervisor: any ClusterSupervisor
    let recorder: EventRecorder
    let phase: AgentPhase
    let bound: BoundListeners
    /// How many workers to start.
    let workers: Int
    /// How long the workers may take to end at shutdown. Then they are killed.
    let grace: Duration
    let givenUp: GivenUp
    /// How the last run ended; nil if nobody knows.
    let lastRun: LastRun?
    /// Operations that the last run left without an end.
    let interrupted: [OperationInfo]
    var numbers: NumberReserve?
    /// The primary half of the program; nil if the agent runs workers alone.
    var script: PrimaryScript?
    /// Nil if nobody is to be told.
    var manager: ServiceManager?
    /// Called once, after the agent listens and has forked.
    let didStart: @Sendable (_ listeners: [Listener]) -> Void
    let logger: Logger

    /// - Throws: `StartupError` if the first workers cannot be forked.
    func run() async throws {
        let listeners = await bound.all()
        let start = recorder.record(.agent(.agentStart, reason: "start", ["lastRun": JSONValue(lastRun)]))
        for operation in interrupted {
            let note = EventNote(interrupted: operation)
            recorder.record(Event(time: .now, type: note.type, requestId: operation.requestId, data: note.data))
        }
        guard let listeners else {
            // The listeners are open already, so clients may have forked workers.
            return await stop(reason: "shutdown")
        }
        do {
            // A script's forks do not wait for numbers.
            await numbers?.ensure(workers: max(workers, script == nil ? 0 : 1000))
            // Before the supervised workers, so that the script knows them.
            try await script?.run()
            try await forkFirst()
        } catch {
            await stop(reason: "startup failed")
            throw error
        }
        // The `agentStart` event is stored before the agent says that it is ready.
        if let start { await recorder.settle(place: start) }
        phase.didStart()
        didStart(listeners)
        switch await waitForEnd() {
        case .shutdown: return await stop(reason: "shutdown")
        case .scriptEnded:
            await stop(reason: "primary script ended")
            throw PrimaryScriptEnded()
        case .gaveUp: break
        }
        logger.error("all workers have failed too often; the agent ends (supervision.whenGivenUp)")
        await stop(reason: "gave up")
        throw StartupError(.gaveUp, "all workers have failed too often; see cluster-cli why, or the history")
    }

    private enum End {
        case shutdown, gaveUp, scriptEnded
    }

    private func waitForEnd() async -> End {
        await withTaskGroup(of: End.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                // The task may be cancelled if the agent ends abruptly. The workers still get their time.
                try? await gracefulShutdown()
                return .shutdown
            }
            group.addTask { await givenUp.wait() ? .gaveUp : .shutdown }
            if let script { group.addTask { await script.waitForStop() ? .scriptEnded : .shutdown } }
            return await group.next() ?? .shutdown
        }
    }

    private func forkFirst() async throws(StartupError) {
        do {
            try await supervisor.start(workers: workers, environment: [:])
        } catch {
            throw Self.refusal(error)
        }
        // If the first workers cannot be forked at all, the agent does not start and says why.
        if let error = await supervisor.forkError { throw Self.refusal(error) }
    }

    /// - Parameter error: why the first workers could not be forked.
    static func refusal(_ error: ClusterError) -> StartupError {
        let problem = error.systemError.map { SystemProblem($0) }
        let code: StartupError.Code =
            error.reason == .listenFailed || problem?.isLack == true ? .unavailable : .configuration
        let advice = (problem?.isLack == true ? problem?.advice : nil).map { "; \($0)" } ?? ""
        return StartupError(code, "cannot fork the first workers: \(error.message)\(advice)")
    }

    /// Refuses commands from here on. What the workers still do is recorded. The workers get their time even if this
    /// task is cancelled.
    private func stop(reason: String) async {
        phase.didBeginToStop()
        manager?.send(ServiceReport.stopping(grace: grace))
        await script?.kill()
        let left = await primary.stop(within: grace)
        if !left.isEmpty {
            logger.error("workers are still there after SIGKILL", metadata: ["workers": "\(left)"])
        }
        // The workers' exits are recorded before the agent's own end.
        await recorder.settle(through: await primary.lastEventNumber)
        recorder.record(.agent(.agentStop, reason: reason))
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
