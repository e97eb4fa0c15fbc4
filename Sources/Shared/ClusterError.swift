// SPDX-License-Identifier: Apache-2.0

/// What went wrong, in a form that serves a program (`status`, `reason`, `metadata`) and a person (`message`).
public struct ClusterError: Error, Sendable {
    /// The kind of the error.
    public let status: ErrorStatus
    /// The stable code of the error.
    public let reason: ErrorReason
    /// Says what to do. All parts that vary are in `metadata` too.
    public let message: String
    /// Its details by name, for programs.
    public let metadata: [String: String]
    /// The foreign error behind this one.
    public let cause: (any Error)?

    /// An error of these parts.
    public init(
        _ status: ErrorStatus, _ reason: ErrorReason, _ message: String, metadata: [String: String] = [:],
        cause: (any Error)? = nil
    ) {
        self.status = status
        self.reason = reason
        self.message = message
        self.metadata = metadata
        self.cause = cause
    }
}

extension ClusterError: CustomStringConvertible {
    public var description: String {
        let text = "\(reason.rawValue): \(message)"
        return cause.map { "\(text) (\($0))" } ?? text
    }
}

extension ClusterError {
    /// No worker, alive or in the history, has this id.
    public static func workerNotFound(_ id: WorkerID) -> ClusterError {
        ClusterError(.notFound, .workerNotFound, "worker \(id) does not exist", metadata: ["workerId": "\(id)"])
    }
}
