// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import Metrics
import Shared

/// The one place that turns an error into an answer.
struct ErrorReplyMiddleware: RouterMiddleware {
    let registry: MetricRegistry

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let refusal = Refusal(error, for: request)
            log(refusal, of: request, context: context)
            // Reasons are the agent's own words, so there is a bounded number of them.
            Counter(
                label: AgentMetric.refusals.rawValue, dimensions: [("reason", refusal.error.reason.rawValue)],
                factory: registry
            ).increment()
            let response = try refusal.response()
            // An answer to HEAD has no body; a client would take it for the next answer (RFC 9110, 9.3.2).
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    /// Refusals concern clients, and defects concern the operator.
    private func log(_ refusal: Refusal, of request: Request, context: AgentRequestContext) {
        context.log.log(
            level: refusal.error.status == .internal ? .error : .debug, "request refused",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "error": "\(refusal.error)",
            ])
    }
}
