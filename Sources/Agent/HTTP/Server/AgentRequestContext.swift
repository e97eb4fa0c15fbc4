// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import NIOCore
import Shared

/// What middleware and routes know of a request besides the request.
struct AgentRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let transport: Transport
    /// `X-Request-Id`: the caller's or a new one.
    var requestID = ""
    /// Nil before authentication and on routes that need none.
    var principal: Principal?
    /// The command that the caller may give; nil for anything else.
    var command: Endpoint?
    let notes = RequestNotes()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        // Whatever is not known to be the unix socket needs a token.
        transport = if case .unixDomainSocket = source.channel.localAddress { .unix } else { .tcp }
    }
}

extension AgentRequestContext {
    /// Names the request in each line. Hummingbird's own number of it says nothing to anybody outside.
    var log: Logger {
        var log = logger
        log[metadataKey: "hb.request.id"] = nil
        log[metadataKey: "requestId"] = "\(requestID)"
        return log
    }

    /// What the primary is to carry to the events that a command causes.
    var origin: String {
        CommandOrigin(requestID: requestID, principal: principal ?? .anonymous).carried
    }

    /// - Throws: `PERMISSION_DENIED` where the caller's role does not cover what needs `role`.
    func require(_ role: Role) throws(ClusterError) {
        guard let principal else {
            throw ClusterError(.unauthenticated, .tokenMissing, "a token is needed: send Authorization: Bearer")
        }
        guard principal.role >= role else {
            throw ClusterError(
                .permissionDenied, .roleInsufficient,
                "\(principal) has the role \(principal.role.rawValue), and this needs \(role.rawValue)",
                metadata: ["role": principal.role.rawValue, "needed": role.rawValue])
        }
    }
}
