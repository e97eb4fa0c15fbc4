// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import NIOCore
import Shared

/// What middleware and routes know besides the request.
struct AgentRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// `X-Request-Id`: the caller's or a new one.
    var requestID = ""
    /// Nil before authentication and on routes that need none.
    var principal: Principal?
    /// The caller's token, for answers that go on after it was checked.
    var token: TokenHash?
    let notes = RequestNotes()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

extension AgentRequestContext {
    /// Names the request in each line. Hummingbird's own number means nothing outside.
    var log: Logger {
        var log = logger
        log[metadataKey: "hb.request.id"] = nil
        log[metadataKey: "requestId"] = "\(requestID)"
        return log
    }

    /// Who calls.
    /// - Throws: `TOKEN_MISSING` if the caller is unknown.
    var caller: Principal {
        get throws(ClusterError) {
            guard let principal else {
                throw ClusterError(.unauthenticated, .tokenMissing, "a token is needed: send Authorization: Bearer")
            }
            return principal
        }
    }
}
