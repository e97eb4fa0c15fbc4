// SPDX-License-Identifier: Apache-2.0

/// The kind of an error: a code of `google.rpc.Code` and the HTTP status that goes with it.
public enum ErrorStatus: String, Codable, Sendable, CaseIterable {
    case invalidArgument = "INVALID_ARGUMENT"
    case failedPrecondition = "FAILED_PRECONDITION"
    case outOfRange = "OUT_OF_RANGE"
    case unauthenticated = "UNAUTHENTICATED"
    case permissionDenied = "PERMISSION_DENIED"
    case notFound = "NOT_FOUND"
    case aborted = "ABORTED"
    case resourceExhausted = "RESOURCE_EXHAUSTED"
    case unimplemented = "UNIMPLEMENTED"
    case `internal` = "INTERNAL"
    case unavailable = "UNAVAILABLE"
    case deadlineExceeded = "DEADLINE_EXCEEDED"

    /// The HTTP status. `UNIMPLEMENTED` is 405 where the path exists, which the route says itself.
    public var httpStatus: Int {
        switch self {
        case .invalidArgument, .failedPrecondition, .outOfRange: 400
        case .unauthenticated: 401
        case .permissionDenied: 403
        case .notFound: 404
        case .aborted: 409
        case .resourceExhausted: 429
        case .unimplemented: 501
        case .internal: 500
        case .unavailable: 503
        case .deadlineExceeded: 504
        }
    }
}
