// SPDX-License-Identifier: Apache-2.0

/// The stable code of an error: UPPER_SNAKE on the wire. This is the project's only list of them.
public struct ErrorReason: RawRepresentable, Hashable, Codable, Sendable {
    public let rawValue: String

    /// For a reason that came over the wire, perhaps from a newer agent.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    // What was asked is not well formed.
    public static let malformedJSON = ErrorReason(rawValue: "MALFORMED_JSON")
    public static let reservedMessage = ErrorReason(rawValue: "RESERVED_MESSAGE")
    public static let unexpectedMessage = ErrorReason(rawValue: "UNEXPECTED_MESSAGE")
    public static let malformedSerialization = ErrorReason(rawValue: "MALFORMED_SERIALIZATION")
    public static let nestedTooDeeply = ErrorReason(rawValue: "NESTED_TOO_DEEPLY")
    public static let messageTooLarge = ErrorReason(rawValue: "MESSAGE_TOO_LARGE")
    public static let malformedHTTP = ErrorReason(rawValue: "MALFORMED_HTTP")
    public static let unknownField = ErrorReason(rawValue: "UNKNOWN_FIELD")
    public static let invalidField = ErrorReason(rawValue: "INVALID_FIELD")
    public static let invalidParameter = ErrorReason(rawValue: "INVALID_PARAMETER")
    public static let invalidPageToken = ErrorReason(rawValue: "INVALID_PAGE_TOKEN")
    public static let requestTooLarge = ErrorReason(rawValue: "REQUEST_TOO_LARGE")
    public static let idempotencyKeyReused = ErrorReason(rawValue: "IDEMPOTENCY_KEY_REUSED")
    public static let unsupportedMediaType = ErrorReason(rawValue: "UNSUPPORTED_MEDIA_TYPE")

    // The state forbids it.
    public static let execNotSet = ErrorReason(rawValue: "EXEC_NOT_SET")
    public static let execNotFound = ErrorReason(rawValue: "EXEC_NOT_FOUND")
    public static let execNotExecutable = ErrorReason(rawValue: "EXEC_NOT_EXECUTABLE")
    public static let cwdNotFound = ErrorReason(rawValue: "CWD_NOT_FOUND")
    public static let envFileNotReadable = ErrorReason(rawValue: "ENV_FILE_NOT_READABLE")
    public static let stdioNotOpen = ErrorReason(rawValue: "STDIO_NOT_OPEN")
    public static let unknownAccount = ErrorReason(rawValue: "UNKNOWN_ACCOUNT")
    public static let policyFrozen = ErrorReason(rawValue: "POLICY_FROZEN")
    public static let listenFailed = ErrorReason(rawValue: "LISTEN_FAILED")
    public static let workerNotConnected = ErrorReason(rawValue: "WORKER_NOT_CONNECTED")
    public static let workerTakesNoMessages = ErrorReason(rawValue: "WORKER_TAKES_NO_MESSAGES")
    public static let forkWithdrawn = ErrorReason(rawValue: "FORK_WITHDRAWN")
    public static let workerExited = ErrorReason(rawValue: "WORKER_EXITED")
    public static let workerNotSupervised = ErrorReason(rawValue: "WORKER_NOT_SUPERVISED")
    public static let workerLeaving = ErrorReason(rawValue: "WORKER_LEAVING")
    public static let noPrimary = ErrorReason(rawValue: "NO_PRIMARY")
    public static let notAWorker = ErrorReason(rawValue: "NOT_A_WORKER")
    public static let notAPrimary = ErrorReason(rawValue: "NOT_A_PRIMARY")
    public static let alreadyListening = ErrorReason(rawValue: "ALREADY_LISTENING")
    public static let addressInUse = ErrorReason(rawValue: "ADDRESS_IN_USE")
    public static let addressNotPermitted = ErrorReason(rawValue: "ADDRESS_NOT_PERMITTED")
    public static let addressNotAvailable = ErrorReason(rawValue: "ADDRESS_NOT_AVAILABLE")
    public static let connectionClosed = ErrorReason(rawValue: "CONNECTION_CLOSED")
    public static let idempotencyOutcomeUnknown = ErrorReason(rawValue: "IDEMPOTENCY_OUTCOME_UNKNOWN")
    public static let etagMismatch = ErrorReason(rawValue: "ETAG_MISMATCH")
    public static let operationUnderWay = ErrorReason(rawValue: "OPERATION_UNDER_WAY")
    public static let seqExpired = ErrorReason(rawValue: "SEQ_EXPIRED")

    // There is no such thing.
    public static let workerNotFound = ErrorReason(rawValue: "WORKER_NOT_FOUND")
    public static let operationNotFound = ErrorReason(rawValue: "OPERATION_NOT_FOUND")
    public static let instanceNotFound = ErrorReason(rawValue: "INSTANCE_NOT_FOUND")
    public static let routeNotFound = ErrorReason(rawValue: "ROUTE_NOT_FOUND")
    public static let methodNotAllowed = ErrorReason(rawValue: "METHOD_NOT_ALLOWED")

    // The caller may not.
    public static let tokenMissing = ErrorReason(rawValue: "TOKEN_MISSING")
    public static let tokenInvalid = ErrorReason(rawValue: "TOKEN_INVALID")
    public static let roleInsufficient = ErrorReason(rawValue: "ROLE_INSUFFICIENT")
    public static let peerNotAllowed = ErrorReason(rawValue: "PEER_NOT_ALLOWED")
    public static let hostNotAllowed = ErrorReason(rawValue: "HOST_NOT_ALLOWED")
    public static let originNotAllowed = ErrorReason(rawValue: "ORIGIN_NOT_ALLOWED")

    // Too much, too late, or broken.
    public static let tooManyWorkers = ErrorReason(rawValue: "TOO_MANY_WORKERS")
    public static let tooManyAttempts = ErrorReason(rawValue: "TOO_MANY_ATTEMPTS")
    public static let tooManyConnections = ErrorReason(rawValue: "TOO_MANY_CONNECTIONS")
    public static let outOfDescriptors = ErrorReason(rawValue: "OUT_OF_DESCRIPTORS")
    public static let tooManyWatchers = ErrorReason(rawValue: "TOO_MANY_WATCHERS")
    public static let messageQueueFull = ErrorReason(rawValue: "MESSAGE_QUEUE_FULL")
    public static let spawnFailed = ErrorReason(rawValue: "SPAWN_FAILED")
    public static let deadlineExceeded = ErrorReason(rawValue: "WAIT_TIMED_OUT")
    public static let requestTimeout = ErrorReason(rawValue: "REQUEST_TIMEOUT")
    public static let shuttingDown = ErrorReason(rawValue: "SHUTTING_DOWN")
    public static let historyUnavailable = ErrorReason(rawValue: "HISTORY_UNAVAILABLE")
    public static let internalError = ErrorReason(rawValue: "INTERNAL_ERROR")
}
