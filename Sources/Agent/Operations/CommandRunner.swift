// SPDX-License-Identifier: Apache-2.0

import Contract
import History
import Shared

/// Applies the rules that hold for every command, whichever front it comes from. It checks the caller's role, refuses
/// commands while the agent stops, runs a command with a key only once, and audits it. It answers only when the
/// command's events and its audit are durable, so a crash never undoes what a client has seen.
///
/// Other requests leave no trace in the history, because strangers could fill it.
struct CommandRunner: Sendable {
    let primary: any ClusterPrimary
    let recorder: EventRecorder
    let phase: AgentPhase
    let ledger: IdempotencyLedger
    /// How often commands beyond a caller's role are audited. They are always counted. So a caller who may only read
    /// cannot displace the audit of others.
    let refusals: AttemptLimiter<String>

    func run(_ command: Command, by front: some CommandFront) async throws -> CommandAnswer {
        guard phase.current != .stopping else {
            throw ClusterError(.unavailable, .shuttingDown, "the agent is shutting down and takes no commands")
        }
        let begun = ContinuousClock.now
        let outcome: Result<CommandAnswer, any Error>
        do {
            try command.principal.require(command.kind.role)
            outcome = .success(try await runOnce(command, by: front))
        } catch {
            outcome = .failure(error)
        }
        let place = try audit(command, outcome, by: front, duration: begun.duration(to: .now))
            .flatMap { recorder.record($0) }
        await recorder.settle(through: await primary.lastEventNumber, place: place)
        return try outcome.get()
    }

    // MARK: Once

    /// Runs a command with a key once, and gives its repeats the first answer. A key is stored only for known callers
    /// who may give the command.
    private func runOnce(_ command: Command, by front: some CommandFront) async throws -> CommandAnswer {
        guard let key = command.idempotencyKey else { return try await front.perform(command) }
        try Self.check(key)
        let (front, fingerprint) = try await front.read()
        let request = IdempotentRequest(
            principal: command.principal.description, key: key, fingerprint: fingerprint, requestID: command.requestID,
            begunAt: .now)
        if let reply = try await ledger.begin(request) {
            return CommandAnswer(status: reply.status, body: reply.body, isReplayed: true)
        }
        do {
            let answer = try await front.perform(command)
            await finish(request, with: .answered(IdempotentReply(status: answer.status, body: answer.body)))
            return answer
        } catch {
            await finish(request, with: Self.outcome(of: error, by: front))
            throw error
        }
    }

    /// Stores the command's events first, because a kept answer must not tell of something that a crash has undone.
    private func finish(_ request: IdempotentRequest, with outcome: IdempotencyOutcome) async {
        await recorder.settle(through: await primary.lastEventNumber)
        await ledger.finish(request, with: outcome)
    }

    private static func check(_ key: String) throws(ClusterError) {
        guard !PrintableText.isValid(key) else { return }
        throw ClusterError(
            .invalidArgument, .invalidParameter, "header Idempotency-Key: it must be 1 to 128 printable characters",
            metadata: ["parameter": "Idempotency-Key"])
    }

    private static func outcome(of error: any Error, by front: some CommandFront) -> IdempotencyOutcome {
        if error is CancellationError { return .unknown }
        if let error = error as? ClusterError, error.leavesNothingDone { return .nothingDone }
        guard let answer = try? front.answer(to: error) else { return .unknown }
        return .answered(IdempotentReply(status: answer.status, body: answer.body))
    }

    // MARK: Audit

    /// Nil if there were too many refusals.
    private func audit(
        _ command: Command, _ outcome: Result<CommandAnswer, any Error>, by front: some CommandFront,
        duration: Duration
    ) throws -> Event? {
        let status: Int
        switch outcome {
        case .success(let answer): status = answer.status
        case .failure(let error):
            if let error = error as? ClusterError, error.reason == .roleInsufficient,
                !refusals.mayFail(command.principal.description)
            {
                return nil
            }
            status = try front.answer(to: error).status
        }
        let ids = command.targets.workers
        return Event(
            time: .now, type: .command, workerId: ids.count == 1 ? ids[0] : nil, requestId: command.requestID,
            data: [
                "principal": .string(command.principal.description),
                "method": .string(command.call.method),
                "path": .string(command.call.path),
                "status": .integer(Int64(status)),
                "durationMs": .integer(Int64(duration / .milliseconds(1))),
                "workerIds": .array(ids.map { .integer(Int64($0.rawValue)) }),
            ])
    }
}

extension ClusterError {
    /// The agent could not do it at that moment and has not begun.
    fileprivate var leavesNothingDone: Bool {
        switch reason {
        case .shuttingDown, .historyUnavailable, .tooManyWorkers, .messageQueueFull, .operationUnderWay: true
        default: false
        }
    }
}
