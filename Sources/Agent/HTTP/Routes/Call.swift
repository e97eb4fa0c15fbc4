// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared

/// One call of the contract, decoded for its route.
struct Call: Sendable {
    let request: Request
    let context: AgentRequestContext
    let query: QueryParameters

    /// The one place that refuses query parameters that `endpoint` does not know.
    init(_ endpoint: Endpoint, _ request: Request, _ context: AgentRequestContext) throws(ClusterError) {
        self.request = request
        self.context = context
        query = try QueryParameters(request, known: endpoint.queryParameters)
    }

    func body<Body: ClosedRequest>(_ type: Body.Type = Body.self) async throws -> Body {
        try await BodyReader.decode(type, from: request, context: context)
    }

    /// The worker that the path names.
    /// - Throws: `INVALID_ARGUMENT` if it is not an id, `ROUTE_NOT_FOUND` if its verb does not exist.
    var workerID: WorkerID {
        get throws(ClusterError) {
            let text = context.parameters.get("id") ?? ""
            guard let id = WorkerID(text) else {
                if text.contains(":") { throw .routeNotFound(request) }
                throw QueryParameters.invalid("id", "it must be a worker's id, a number from 1")
            }
            return id
        }
    }

    /// The operation that the path names.
    /// - Throws: the same errors as ``workerID``.
    var operationID: OperationID {
        get throws(ClusterError) {
            let text = context.parameters.get("id") ?? ""
            guard let id = OperationID(text) else {
                if text.contains(":") { throw .routeNotFound(request) }
                throw QueryParameters.invalid("id", "it must be an operation's id, its name without operations/")
            }
            return id
        }
    }
}
