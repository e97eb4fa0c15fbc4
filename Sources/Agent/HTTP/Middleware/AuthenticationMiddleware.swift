// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared

/// Finds out who calls. On the unix socket the kernel has decided already. On TCP the caller needs a token, or a client
/// certificate that has a role. If it has both, the token counts. Routes check what the caller may do.
struct AuthenticationMiddleware: RouterMiddleware {
    let access: AccessPolicy
    let attempts: AttemptLimiter<ClientAddress>
    let gate: ConnectionGate

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        // A caller that may not come from the unix socket needs a token or a certificate.
        let peer = gate.peers.peer(of: context.channel)
        if let user = peer?.user {
            context.principal = user
        } else if !isOpen(request) {
            context.principal = certificateHolder(of: request, peer)
            if context.principal == nil { try identify(request, at: peer?.address, &context) }
        }
        context.notes.principal = context.principal
        if let principal = context.principal { gate.isServing(principal, on: context.channel) }
        return try await next(request, context)
    }

    private func isOpen(_ request: Request) -> Bool {
        guard let endpoint = Endpoint.matching(request.uri.path) else {
            return DashboardFile.exists(at: request.uri.path)
        }
        return endpoint.role == nil
    }

    private func certificateHolder(of request: Request, _ peer: ConnectedPeers.Peer?) -> Principal? {
        guard let roles = access.clientRoles, request.headers[.authorization] == nil else { return nil }
        return peer?.certificate.flatMap { roles.principal(of: $0) }
    }

    /// The principal that the token names.
    private func identify(_ request: Request, at client: ClientAddress?, _ context: inout AgentRequestContext)
        throws(ClusterError)
    {
        guard let tokens = access.tokens else {
            context.principal = .anonymous
            return
        }
        guard let credentials = request.headers[.authorization] else {
            throw ClusterError(
                .unauthenticated, .tokenMissing,
                "a token is needed: send Authorization: Bearer with what is in the agent's token file")
        }
        // The scheme's name may be in any case (RFC 9110, 11.1).
        let parts = credentials.split(separator: " ", maxSplits: 1)
        let hash = parts.count == 2 && parts[0].lowercased() == "bearer" ? TokenHash(of: parts[1]) : nil
        guard let hash, let principal = tokens.principal(for: hash) else {
            guard client.map(attempts.mayFail) ?? true else {
                throw ClusterError(
                    .resourceExhausted, .tooManyAttempts,
                    "too many wrong tokens have come from this address; wait a second, then try again")
            }
            throw ClusterError(
                .unauthenticated, .tokenInvalid,
                "this token is not valid here, or not any more; the agent's is in the file token of its data directory")
        }
        context.principal = principal
        context.token = hash
    }
}
