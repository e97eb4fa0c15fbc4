// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Shared

/// What holds for every command, that is, every call that is a POST: its caller is known and has the role for it, none is
/// taken while the agent stops, each is audited, and it is answered only when what it caused and its audit are durable, so
/// that no client has seen what a crash can undo.
///
/// Everything else leaves no trace in the history, or strangers could fill it.
struct CommandMiddleware: RouterMiddleware {
    let primary: any ClusterPrimary
    let recorder: EventRecorder
    let phase: AgentPhase
    /// Commands beyond a caller's role are audited this often, and counted always: a caller who may only read must not
    /// be able to displace the audit of others.
    let refusals: AttemptLimiter<String>

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post, let endpoint = Endpoint.matching(request.uri.path), endpoint.method == .post,
            let principal = context.principal
        else { return try await next(request, context) }
        guard phase.current != .stopping else {
            throw ClusterError(.unavailable, .shuttingDown, "the agent is shutting down and takes no commands")
        }
        let begun = ContinuousClock.now
        let outcome: Result<Response, any Error>
        do {
            if let role = endpoint.role { try context.require(role) }
            var context = context
            context.command = endpoint
            outcome = .success(try await next(request, context))
        } catch {
            outcome = .failure(error)
        }
        let place = audit(outcome, of: request, by: principal, context: context, duration: begun.duration(to: .now))
            .flatMap { recorder.record($0) }
        await recorder.settle(through: await primary.lastEventNumber, place: place)
        return try outcome.get()
    }

    /// Nil for one of too many refusals.
    private func audit(
        _ outcome: Result<Response, any Error>, of request: Request, by principal: Principal,
        context: AgentRequestContext, duration: Duration
    ) -> Event? {
        let status: HTTPResponse.Status
        switch outcome {
        case .success(let response): status = response.status
        case .failure(let error):
            let refusal = Refusal(error, for: request)
            if refusal.error.reason == .roleInsufficient, !refusals.mayFail(principal.description) { return nil }
            status = refusal.status
        }
        let ids = context.notes.workers
        return Event(
            time: .now, type: .command, workerId: ids.count == 1 ? ids[0] : nil, requestId: context.requestID,
            data: [
                "principal": .string(principal.description),
                "method": .string(request.method.rawValue),
                "path": .string(Self.path(of: request)),
                "status": .integer(Int64(status.code)),
                "durationMs": .integer(Int64(duration / .milliseconds(1))),
                "workerIds": .array(ids.map { .integer(Int64($0.rawValue)) }),
            ])
    }

    /// Without the slashes that mean nothing, of which there may be thousands.
    private static func path(of request: Request) -> String {
        let path = request.uri.path.split(separator: "/").reduce(into: "") { $0 += "/" + $1 }
        return String(path.prefix(1024))
    }
}
