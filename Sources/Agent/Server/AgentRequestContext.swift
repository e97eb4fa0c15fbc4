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
    /// What a command acts on, for the audit.
    let affected = AffectedWorkers()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        // Whatever is not known to be the unix socket needs a token.
        transport = if case .unixDomainSocket = source.channel.localAddress { .unix } else { .tcp }
    }
}
