// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Shared

/// Keeps web pages away from the TCP port. By DNS rebinding they could reach any port of this machine.
struct HostCheckMiddleware: RouterMiddleware {
    let access: AccessPolicy
    let peers: ConnectedPeers

    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        if peers.peer(of: context.channel)?.user == nil { try check(request) }
        return try await next(request, context)
    }

    private func check(_ request: Request) throws(ClusterError) {
        // Only HTTP/1.0 may omit it, and no browser speaks that.
        let host = request.head.authority
        guard host.map(access.allows(authority:)) ?? true else {
            throw ClusterError(
                .permissionDenied, .hostNotAllowed,
                "the agent does not go by the name in Host, '\(host ?? "")'; "
                    + "call it by its address or localhost, or add the name to hostNames in its configuration",
                metadata: ["host": host ?? ""])
        }
        // A browser names the page's origin. Only the agent's own page may call it.
        if let origin = request.headers[.origin],
            !["http://", "https://"].contains(where: { origin == $0 + (host ?? "") })
        {
            throw ClusterError(
                .permissionDenied, .originNotAllowed, "requests of web pages are refused (Origin \(origin))",
                metadata: ["origin": origin])
        }
    }
}
