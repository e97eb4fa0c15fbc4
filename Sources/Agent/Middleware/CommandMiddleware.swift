// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Shared

/// What holds for every command, that is, every POST: none while the agent stops, each is audited, and it is answered
/// only when what it caused is durable, so that no client has seen what a crash can undo.
struct CommandMiddleware: RouterMiddleware {
    let primary: any ClusterPrimary
    let recorder: EventRecorder
    let phase: AgentPhase

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post else { return try await next(request, context) }
        guard phase.current != .stopping else {
            throw ClusterError(.unavailable, .shuttingDown, "the agent is shutting down and takes no commands")
        }
        recorder.causes.willRun(context.requestID, for: "\(context.principal ?? .anonymous)")
        let begun = ContinuousClock.now
        let outcome: Result<Response, any Error>
        do {
            outcome = .success(try await next(request, context))
        } catch {
            outcome = .failure(error)
        }
        record(outcome, of: request, context: context, duration: begun.duration(to: .now))
        await recorder.settle(through: await primary.lastEventNumber)
        return try outcome.get()
    }

    private func record(
        _ outcome: Result<Response, any Error>, of request: Request, context: AgentRequestContext, duration: Duration
    ) {
        let status =
            switch outcome {
            case .success(let response): response.status
            case .failure(let error): Refusal(error, for: request).status
            }
        let ids = context.notes.workers
        recorder.record(
            Event(
                time: .now, type: .command, workerId: ids.count == 1 ? ids[0] : nil, requestId: context.requestID,
                data: [
                    "principal": .string("\(context.principal ?? .anonymous)"),
                    "method": .string(request.method.rawValue),
                    "path": .string(String(request.uri.path.prefix(1024))),
                    "status": .integer(Int64(status.code)),
                    "durationMs": .integer(Int64(duration / .milliseconds(1))),
                    "workerIds": .array(ids.map { .integer(Int64($0.rawValue)) }),
                ]))
    }
}
