// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared

extension Router<AgentRequestContext> {
    /// Serves a call of the contract that only reads, to callers who may make it.
    func on(_ endpoint: Endpoint, use handler: @escaping @Sendable (Call) async throws -> Response) {
        on(RouterPath(endpoint.path), method: HTTPRequest.Method(endpoint.method)) { request, context in
            // The router takes anything for an id, even a verb.
            if endpoint.method == .post, Endpoint.matching(request.uri.path) != endpoint {
                throw ClusterError.routeNotFound(request)
            }
            context.notes.endpoint = endpoint
            // Checked here, once the call is certain, because other routes compare the same path.
            if let role = endpoint.role { try context.caller.require(role) }
            if let scope = endpoint.scope { try context.caller.require(scope) }
            return try await handler(Call(endpoint, request, context))
        }
    }

    /// Serves a call of the contract that is a command.
    func on(_ endpoint: Endpoint, by runner: CommandRunner, use handler: @escaping HTTPCommand.Handler) {
        on(RouterPath(endpoint.path), method: HTTPRequest.Method(endpoint.method)) { request, context in
            // The router takes anything for an id, even a verb.
            guard Endpoint.matching(request.uri.path) == endpoint, let kind = endpoint.command else {
                throw ClusterError.routeNotFound(request)
            }
            context.notes.endpoint = endpoint
            if let scope = endpoint.scope { try context.caller.require(scope) }
            let front = HTTPCommand(endpoint: endpoint, request: request, context: context, handler: handler)
            return try await Response(runner.run(try front.command(kind), by: front))
        }
    }
}

extension HTTPRequest.Method {
    init(_ method: Endpoint.Method) {
        self =
            switch method {
            case .get: .get
            case .post: .post
            }
    }
}
