// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// Accepts a percent-encoded verb, `/v1/workers/7%3Akill`. The router compares paths as they are written.
struct VerbDecodingResponder<Router: HTTPResponder<AgentRequestContext>>: HTTPResponder {
    let router: Router

    func respond(to request: Request, context: AgentRequestContext) async throws -> Response {
        guard let target = request.head.path, target.contains("%3") else {
            return try await router.respond(to: request, context: context)
        }
        let query = target.firstIndex(of: "?") ?? target.endIndex
        let path = target[..<query].replacing("%3A", with: ":").replacing("%3a", with: ":")
        var head = request.head
        head.path = String(path) + String(target[query...])
        return try await router.respond(to: Request(head: head, body: request.body), context: context)
    }
}
