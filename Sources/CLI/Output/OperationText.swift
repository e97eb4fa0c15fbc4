// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Operations in words: their beginning, progress and end.
enum OperationText {
    /// The changes since the operation was last seen, one line each.
    ///
    /// - Parameter old: nil if it is seen for the first time.
    static func news(from old: OperationInfo?, to new: OperationInfo) -> [String] {
        var lines = old == nil ? [beginning(new)] : []
        let before = old.map { Dictionary($0.progress.instances.map { ($0.instance, $0) }) { first, _ in first } }
        let changed = new.progress.instances.filter { before?[$0.instance] != $0 }
        lines += steps(
            OperationProgress(total: new.progress.total, replaced: new.progress.replaced, instances: changed))
        guard old?.phase != new.phase else { return lines }
        switch new.phase {
        case .draining: lines.append("old workers finish their connections and end")
        case .aborting: lines.append("the worker that failed is stopped")
        case .rolling, .done: break
        }
        return lines
    }

    /// `reload 4f1c: 4 workers to replace; 1 forked worker is left alone`
    static func beginning(_ info: OperationInfo) -> String {
        let total = info.progress.total
        let work =
            switch info.kind {
            case .scale: total == 0 ? "no new workers are needed" : "\(counted(total, "worker")) to become ready"
            case .restart, .reload: total == 0 ? "no workers to replace" : "\(counted(total, "worker")) to replace"
            }
        let alone = info.unsupervised.flatMap { count in
            count == 0 ? nil : "; \(counted(count, "forked worker")) \(count == 1 ? "is" : "are") left alone"
        }
        return "\(info.kind.rawValue) \(info.id): \(work)\(alone ?? "")"
    }

    /// One line for each instance with news.
    static func steps(_ progress: OperationProgress) -> [String] {
        let replaced = progress.instances.filter { $0.state == .replaced }.count
        // Instances that were replaced since the last look are counted one by one.
        var count = max(0, progress.replaced - replaced)
        return progress.instances.compactMap { step in
            let worker = step.workerId.map { "worker \($0)" }
            switch step.state {
            case .waiting: return nil
            case .underWay: return worker.map { "instance \(step.instance): \($0) starts" }
            case .replaced:
                count += 1
                return "instance \(step.instance): \(worker ?? "a new worker") is ready (\(count) of \(progress.total))"
            case .failed: return "instance \(step.instance): \(worker ?? "its new worker") failed"
            }
        }
    }

    /// `reload 4f1c succeeded after 4s: 4 of 4 workers replaced`
    static func verdict(_ info: OperationInfo) -> String {
        guard let verdict = info.verdict else { return "\(info.kind.rawValue) \(info.id) is under way" }
        let time = info.endedAt.map { end in
            " after \(Duration.milliseconds(max(0, end.milliseconds - info.startedAt.milliseconds)).text)"
        }
        let progress = info.progress
        var parts = ["\(info.kind.rawValue) \(info.id) \(verdict.rawValue)\(time ?? "")"]
        if progress.total > 0 {
            let done = info.kind == .scale ? "ready" : "replaced"
            parts.append("\(progress.replaced) of \(counted(progress.total, "worker")) \(done)")
        }
        let left = progress.total - progress.replaced
        switch verdict {
        case .succeeded: break
        case .interrupted: parts.append("its agent ended")
        case .aborted, .cancelled:
            if info.kind != .scale, left > 0 { parts.append("the other\(left == 1 ? "" : "s") as before") }
        }
        return parts[0] + (parts.count > 1 ? ": " : "") + parts.dropFirst().joined(separator: ", ")
    }
}

extension WorkerFailure {
    /// `worker 7 ended with exit code 1`
    var sentence: String {
        let worker = workerId.map { "worker \($0)" } ?? "a worker"
        let end = signal.map { "signal \($0)" } ?? code.map { "exit code \($0)" }
        switch reason {
        case .exited, .signaled: return "\(worker) ended with \(end ?? "an unknown status")"
        case .spawnFailed: return "no worker could be started\(message.map { ": \($0)" } ?? "")"
        case .notReady: return "\(worker) was not ready in time, and was stopped"
        case .unresponsive: return "\(worker) did not answer any more, and was stopped"
        case .disconnected: return "\(worker) closed its channel by itself, and was told to end"
        }
    }

    /// The line of its last output that most likely says why.
    var lastWords: String? {
        ExitReport(reason: .exited, code: code, signal: signal, stderr: stderr).lastWords
    }

    /// The lines of its standard error that say most.
    var lastLines: [String] { OutputExcerpt(stderr ?? "").lines }

    /// The same lines, to stand below a sentence.
    var quotedLines: [String] {
        lastLines.map { "  | \(TerminalText.safe($0))" }
    }
}

extension Failure {
    /// Why an operation did not do what was asked. Nil if it did, or is not done.
    init?(_ info: OperationInfo) {
        guard let verdict = info.verdict, verdict != .succeeded else { return nil }
        let what = "the \(info.kind.rawValue) was \(verdict.rawValue)"
        let because = info.failure.map { ": instance \($0.instance): \($0.sentence)" }
        self.init(kind: .refused, message: what + (because ?? ""))
        isVerdict = true
        details = info.failure?.quotedLines ?? []
    }
}
