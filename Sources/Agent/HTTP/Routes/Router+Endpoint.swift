// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Shared

extension Router<AgentRequestContext> {
    /// Serves one call of the contract that only reads, to those who may make it.
    func on(
        _ endpoint: Endpoint,
        use handler: @escaping @Sendable (Request, AgentRequestContext) async throws -> Response
    ) {
        on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
            context.notes.endpoint = endpoint
            // Here, where the call is certain, and not where a path is only compared.
            if let role = endpoint.role { try context.caller.require(role) }
            return try await handler(request, context)
        }
    }

    /// Serves one call of the contract that is a command.
    func on(
        _ endpoint: Endpoint, _ kind: CommandKind, by runner: CommandRunner, use handler: @escaping HTTPCommand.Handler
    ) {
        on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
            // The router takes anything for an id, a verb too.
            guard Endpoint.matching(request.uri.path) == endpoint else { throw ClusterError.routeNotFound(request) }
            context.notes.endpoint = endpoint
            let front = HTTPCommand(request: request, context: context, handler: handler)
            return try await Response(runner.run(try front.command(kind), by: front))
        }
    }
}
