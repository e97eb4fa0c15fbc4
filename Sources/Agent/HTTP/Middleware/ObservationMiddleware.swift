// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Logging
import Metrics
import Shared

/// Counts, times and logs each request. The log never has a body, a query or a header.
struct ObservationMiddleware: RouterMiddleware {
    let registry: MetricRegistry
    /// For requests whose caller is unknown.
    let strangers: BoundedLog

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let duration = start.duration(to: .now)
        let operation = context.notes.endpoint?.rawValue ?? "none"
        Timer(
            label: AgentMetric.requests.rawValue,
            dimensions: [("operation", operation), ("status", "\(response.status.code)")], factory: registry
        ).record(duration: duration)
        let metadata: Logger.Metadata = [
            "method": "\(request.method.rawValue)", "path": "\(request.uri.path.beginning(1024))",
            "status": "\(response.status.code)", "operation": "\(operation)",
            "principal": "\(context.notes.principal, default: "")", "durationMs": "\(duration / .milliseconds(1))",
        ]
        if DashboardFile.exists(at: request.uri.path) {
            // One page is many requests, and they tell nothing.
            context.log.debug("request", metadata: metadata)
        } else if context.notes.principal == nil {
            strangers.info("request", metadata: metadata, to: context.log)
        } else {
            context.log.info("request", metadata: metadata)
        }
        return response
    }
}
