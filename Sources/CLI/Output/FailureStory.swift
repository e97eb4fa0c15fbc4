// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// What happened to an instance, in words: how its workers ended, why, their last lines, and what comes next.
struct FailureStory {
    /// The end of one of its workers.
    private struct End {
        var time: Timestamp
        var title: String
        var cause: String
        var lastLines: [String]
    }

    private let instance: InstanceInfo
    private let now: Timestamp
    private let ends: [End]

    /// - Parameters:
    ///   - events: of the agent's history, newest first.
    ///   - operations: some may have failed because of a worker.
    init(
        _ instance: InstanceInfo, events: [EventLine], operations reloads: [OperationInfo] = [], now: Timestamp
    ) {
        self.instance = instance
        self.now = now
        let replacements = events.filter { event in
            event.data?["instance"]?.integer == Int64(instance.instance) && Self.isUnwanted(event)
        }
        let exits = events.filter { $0.type == EventType.exit.rawValue }
        var ends = replacements.compactMap { replacement in
            Self.end(replacement, exits.first { $0.workerID == replacement.workerID && $0.workerID != nil })
        }
        // In a reload that was aborted, a worker that never replaced another one has no such event.
        if let failure = instance.lastFailure {
            let told = ends.firstIndex { $0.time.milliseconds >= failure.at.milliseconds - 10 }
            if told == nil {
                ends.insert(Self.end(failure, reloads), at: 0)
            } else if told == 0, failure.reason == .spawnFailed {
                // Only the failure says what the reason was.
                ends[0] = Self.end(failure, reloads)
            }
        }
        self.ends = ends
    }

    /// Whether there is something to tell.
    var isEmpty: Bool { ends.isEmpty }
    /// When something happened last.
    var time: Timestamp? { ends.first?.time }

    /// - Parameter count: how many ends are told, the newest ones.
    func lines(atMost count: Int) -> [String] {
        guard !ends.isEmpty else { return ["instance \(instance.instance): no failure is known", "  now: \(state)"] }
        var lines: [String] = []
        for end in ends.prefix(count) {
            let age = Timestamp.age(of: end.time, at: now)
            lines.append("instance \(instance.instance): \(end.title), \(age) ago (\(end.time))")
            lines.append("  cause: \(end.cause)")
            lines += end.lastLines
        }
        return lines + ["  now: \(state)"]
    }

    /// What comes next.
    private var state: String {
        let worker = instance.workerId.map { "worker \($0)" } ?? "a worker"
        let failures = instance.failuresInARow
        let row = failures > 1 ? ", after \(failures) failures in a row" : ""
        switch instance.state {
        case .ready: return "\(worker) is ready"
        case .starting: return "\(worker) starts\(row)"
        case .replacing: return "\(worker) serves until its replacement is good"
        case .draining: return "\(worker) has closed its channel and finishes its connections"
        case .backingOff:
            let next = instance.nextTryAt.map { "the next try is in \(Timestamp.age(of: now, at: $0))" }
            return "no worker; \(next ?? "the next try follows")\(row)"
        case .gaveUp:
            return "no worker, and no further try\(row); scale, reload or restart tries again"
        }
    }

    /// `5m ago: worker 7 ended with exit code 1: Error: no database`
    static func short(_ failure: WorkerFailure, now: Timestamp) -> String {
        "\(Timestamp.age(of: failure.at, at: now)) ago: \(OperationTable.why(failure))"
    }

    /// Whether a worker was lost for another reason than a scale, a restart or a reload.
    private static func isUnwanted(_ event: EventLine) -> Bool {
        guard [EventType.restart.rawValue, EventType.gaveUp.rawValue].contains(event.type) else { return false }
        let wanted = ["start", "scale", "disconnect", "disconnectAll", "restart", "reload", "withdrawn"]
        return event.data?["because"]?.string.map { !wanted.contains($0) } ?? true
    }

    private static func end(_ replacement: EventLine, _ exit: EventLine?) -> End? {
        guard let time = Timestamp(replacement.time) else { return nil }
        let worker = replacement.workerID.map { "worker \($0)" } ?? "a worker"
        let data = exit?.data
        let because = replacement.data?["because"]?.string ?? ""
        let status = data?["signal"]?.string.map { "signal \($0)" } ?? data?["code"]?.integer.map { "exit code \($0)" }
        let age = data?["uptimeMs"]?.integer.map { " after \(Duration.milliseconds(max(0, $0)).text)" } ?? ""
        let isUnborn =
            data?["reason"]?.string == ExitReport.Reason.spawnFailed.rawValue || replacement.workerID == nil
        let title =
            if isUnborn {
                "\(worker) could not be started"
            } else if exit == nil, because == "memory" || because == "age" {
                "\(worker) has reached its limit"
            } else {
                "\(worker) ended\(status.map { " with \($0)" } ?? "")\(age)"
            }
        var failure = WorkerFailure(instance: 0, reason: .exited, at: time)
        failure.stderr = data?["stderr"]?.string
        let cause =
            isUnborn
            ? notStarted
            : Self.cause(
                because, signal: data?["signal"]?.string,
                principal: replacement.data?["principal"]?.string ?? data?["principal"]?.string)
        return End(time: time, title: title, cause: cause, lastLines: failure.quotedLines)
    }

    private static func end(_ failure: WorkerFailure, _ operations: [OperationInfo]) -> End {
        let reason =
            switch failure.reason {
            case .exited, .signaled, .spawnFailed: "failure"
            case .notReady: "notReady"
            case .unresponsive: "unresponsive"
            case .disconnected: "channelClosed"
            }
        let cause =
            failure.reason == .spawnFailed
            ? notStarted
            : failure.message ?? Self.cause(reason, signal: failure.signal?.description, principal: nil)
        let aborted = operations.first { $0.failure?.workerId == failure.workerId && $0.failure?.at == failure.at }
        let consequence = aborted.map { "; so \($0.kind.rawValue) \($0.id) was \($0.verdict?.rawValue ?? "ended")" }
        return End(
            time: failure.at, title: failure.sentence, cause: cause + (consequence ?? ""),
            lastLines: failure.quotedLines)
    }

    private static let notStarted = "the agent could not start the program"

    /// What ended a worker, and who.
    private static func cause(_ because: String, signal: String?, principal: String?) -> String {
        switch because {
        case "failure" where signal == "SIGKILL":
            "no command of this agent; often it is the kernel, if memory is short (dmesg tells)"
        case "failure": "by itself; nobody had asked it to go"
        case "kill": "\(principal ?? "somebody") killed it; a fresh one was started"
        case "notReady": "the supervisor stopped it: it was not ready in time (--ready-timeout)"
        case "unresponsive": "the supervisor stopped it: its event loop did not answer (--unresponsive-after)"
        case "channelClosed": "it closed its channel by itself and lived on, so the supervisor stopped it"
        case "memory": "the supervisor replaced it: it took too much memory (--max-memory)"
        case "age": "the supervisor replaced it at its age (--max-age)"
        default: because.isEmpty ? "not known" : EventTable.because(because)
        }
    }
}
