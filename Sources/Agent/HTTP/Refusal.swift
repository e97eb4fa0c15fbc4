// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Shared

/// An error as the client gets it: the contract's body, the HTTP status and the headers.
struct Refusal {
    let error: ClusterError

    init(_ error: ClusterError) {
        self.error = error
    }

    /// Takes any error that was thrown while `request` was served.
    init(_ error: any Error, for request: Request) {
        self.error =
            switch error {
            case let error as ClusterError: error
            case let error as HTTPError where error.status == .notFound: Self.noRoute(request)
            case let error as HTTPError where error.status.kind == .clientError:
                ClusterError(
                    .invalidArgument, .malformedJSON, error.body ?? error.status.reasonPhrase, cause: error)
            case is CancellationError:
                ClusterError(.unavailable, .shuttingDown, "the agent is shutting down; try again later")
            default:
                ClusterError(
                    .internal, .internalError,
                    "this is a defect in the agent; its log has more under the X-Request-Id of this reply",
                    cause: error)
            }
    }

    var status: HTTPResponse.Status {
        switch error.reason {
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        default: HTTPResponse.Status(number: error.status.httpStatus)
        }
    }

    func response() throws -> Response {
        .json(encoded: try body(), status: status, headers: headers)
    }

    /// The contract's body.
    func body() throws -> ByteBuffer {
        try Response.jsonBytes(of: ErrorReply(error, code: status.code))
    }

    var headers: HTTPFields {
        var headers: HTTPFields = [:]
        switch error.status {
        case .unimplemented: headers[.allow] = error.metadata["allow"]
        case .unauthenticated: headers[.wwwAuthenticate] = "Bearer"
        case .unavailable: headers[.retryAfter] = "1"
        case .resourceExhausted where error.reason == .tooManyAttempts || error.reason == .tooManyConnections:
            headers[.retryAfter] = "1"
        default: break
        }
        // The rest of the request is not worth reading.
        if error.reason == .requestTooLarge { headers[.connection] = "close" }
        return headers
    }

    /// For a known path with an unknown method, or an unknown path.
    private static func noRoute(_ request: Request) -> ClusterError {
        let path = request.uri.path
        guard let endpoint = Endpoint.matching(path) else {
            guard DashboardFile.exists(at: path) else { return .routeNotFound(request) }
            return wrongMethod(request, at: path, use: .get, allowed: Endpoint.health.allowedMethods)
        }
        return wrongMethod(request, at: endpoint.path, use: endpoint.method, allowed: endpoint.allowedMethods)
    }

    private static func wrongMethod(
        _ request: Request, at path: String, use method: Endpoint.Method, allowed: String
    ) -> ClusterError {
        ClusterError(
            .unimplemented, .methodNotAllowed,
            "\(request.method.rawValue) is not for \(path); use \(method.rawValue)",
            metadata: ["method": request.method.rawValue, "allow": allowed])
    }
}

extension ClusterError {
    /// No call has this path.
    static func routeNotFound(_ request: Request) -> ClusterError {
        let path = request.uri.path.beginning(200)
        return ClusterError(
            .notFound, .routeNotFound, "there is no call at \(path); GET /openapi.yaml lists all",
            metadata: ["path": path])
    }
}

extension HTTPResponse.Status {
    /// With the phrase of the status.
    init(number: Int) {
        self.init(code: number, reasonPhrase: HTTPResponseStatus(statusCode: number).reasonPhrase)
    }
}
