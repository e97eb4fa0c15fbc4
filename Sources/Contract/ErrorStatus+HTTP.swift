// SPDX-License-Identifier: Apache-2.0

public import Shared

extension ErrorStatus {
    /// The HTTP status. `UNIMPLEMENTED` is 405 if the path exists, and the route says so itself.
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
