// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// Finds out who calls. On the unix socket the kernel has decided already; on TCP a token is needed.
struct AuthenticationMiddleware: RouterMiddleware {
    let access: AccessPolicy

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        switch context.transport {
        case .unix: context.principal = .user(try await PeerCredentials.user(of: context.channel).get())
        case .tcp: if !isOpen(request) { context.principal = try bearer(of: request) }
        }
        return try await next(request, context)
    }

    private func isOpen(_ request: Request) -> Bool {
        Endpoint.matching(request.uri.path)?.isOpen ?? false
    }

    private func bearer(of request: Request) throws(ClusterError) -> Principal {
        guard let token = access.token else { return .anonymous }
        guard let credentials = request.headers[.authorization] else {
            throw ClusterError(
                .unauthenticated, .tokenMissing,
                "a token is needed: send Authorization: Bearer with what is in the agent's token file")
        }
        // RFC 9110, 11.1: the scheme's name may be written in any case.
        let parts = credentials.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", token.matches(parts[1]) else {
            throw ClusterError(
                .unauthenticated, .tokenInvalid,
                "this token is not valid here; the agent's is in the file token of its data directory")
        }
        return .admin
    }
}
