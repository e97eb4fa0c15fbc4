// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The body of every refused request: `google.rpc.Status` in JSON with exactly one ErrorInfo (AIP-193).
public struct ErrorReply: Hashable, Codable, Sendable {
    public var error: Status

    public struct Status: Hashable, Codable, Sendable {
        /// The HTTP status.
        public var code: Int
        public var status: ErrorStatus
        public var message: String
        public var details: [ErrorInfo]
    }

    public struct ErrorInfo: Hashable, Codable, Sendable {
        public var type = "type.googleapis.com/google.rpc.ErrorInfo"
        public var reason: ErrorReason
        public var domain = "cluster-agent"
        public var metadata: [String: String]

        enum CodingKeys: String, CodingKey {
            case type = "@type"
            case reason, domain, metadata
        }
    }

    /// - Parameter code: the HTTP status, if it is not the usual one of the error's status.
    public init(_ error: ClusterError, code: Int? = nil) {
        self.error = Status(
            code: code ?? error.status.httpStatus, status: error.status, message: error.message,
            details: [ErrorInfo(reason: error.reason, metadata: error.metadata)])
    }
}
