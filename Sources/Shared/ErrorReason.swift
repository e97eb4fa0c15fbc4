// SPDX-License-Identifier: Apache-2.0

/// The stable code of an error: UPPER_SNAKE on the wire. This is the project's only list of them.
public struct ErrorReason: RawRepresentable, Hashable, Codable, Sendable {
    public let rawValue: String

    /// For a reason that came over the wire, perhaps from a newer agent.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    // What was asked is not well formed.
    /// The text is not JSON, or not one value.
    public static let malformedJSON = ErrorReason(rawValue: "MALFORMED_JSON")
    /// Node would take the message for one of its own.
    public static let reservedMessage = ErrorReason(rawValue: "RESERVED_MESSAGE")
    /// The message is not of the type that the program expects.
    public static let unexpectedMessage = ErrorReason(rawValue: "UNEXPECTED_MESSAGE")
    /// The bytes are not a V8 serialization.
    public static let malformedSerialization = ErrorReason(rawValue: "MALFORMED_SERIALIZATION")
    /// The message nests too deeply.
    public static let nestedTooDeeply = ErrorReason(rawValue: "NESTED_TOO_DEEPLY")
    /// The message is too large.
    public static let messageTooLarge = ErrorReason(rawValue: "MESSAGE_TOO_LARGE")
    /// The request is not HTTP.
    public static let malformedHTTP = ErrorReason(rawValue: "MALFORMED_HTTP")
    /// The body has a field that does not exist.
    public static let unknownField = ErrorReason(rawValue: "UNKNOWN_FIELD")
    /// A field has a value that it cannot have.
    public static let invalidField = ErrorReason(rawValue: "INVALID_FIELD")
    /// A query parameter or a header does not exist or has a value that it cannot have.
    public static let invalidParameter = ErrorReason(rawValue: "INVALID_PARAMETER")
    /// The page token belongs to another query, or is none.
    public static let invalidPageToken = ErrorReason(rawValue: "INVALID_PAGE_TOKEN")
    /// The request is too large.
    public static let requestTooLarge = ErrorReason(rawValue: "REQUEST_TOO_LARGE")
    /// The Idempotency-Key was sent with another request.
    public static let idempotencyKeyReused = ErrorReason(rawValue: "IDEMPOTENCY_KEY_REUSED")
    /// The body's media type is not supported.
    public static let unsupportedMediaType = ErrorReason(rawValue: "UNSUPPORTED_MEDIA_TYPE")

    // The state forbids it.
    /// No program is set.
    public static let execNotSet = ErrorReason(rawValue: "EXEC_NOT_SET")
    /// The program does not exist.
    public static let execNotFound = ErrorReason(rawValue: "EXEC_NOT_FOUND")
    /// The program cannot be executed.
    public static let execNotExecutable = ErrorReason(rawValue: "EXEC_NOT_EXECUTABLE")
    /// The working directory does not exist.
    public static let cwdNotFound = ErrorReason(rawValue: "CWD_NOT_FOUND")
    /// A file of variables cannot be read.
    public static let envFileNotReadable = ErrorReason(rawValue: "ENV_FILE_NOT_READABLE")
    /// An entry of `stdio` names a descriptor that the agent does not have.
    public static let stdioNotOpen = ErrorReason(rawValue: "STDIO_NOT_OPEN")
    /// The user or the group does not exist.
    public static let unknownAccount = ErrorReason(rawValue: "UNKNOWN_ACCOUNT")
    /// The scheduling policy can no longer be changed.
    public static let policyFrozen = ErrorReason(rawValue: "POLICY_FROZEN")
    /// The worker accepts connections from a socket that it shares, so it cannot be paused.
    public static let policyCannotPause = ErrorReason(rawValue: "POLICY_CANNOT_PAUSE")
    /// The socket cannot be made.
    public static let listenFailed = ErrorReason(rawValue: "LISTEN_FAILED")
    /// The worker's channel is closed.
    public static let workerNotConnected = ErrorReason(rawValue: "WORKER_NOT_CONNECTED")
    /// The worker gets signals instead of messages.
    public static let workerTakesNoMessages = ErrorReason(rawValue: "WORKER_TAKES_NO_MESSAGES")
    /// All workers were told to disconnect during the fork.
    public static let forkWithdrawn = ErrorReason(rawValue: "FORK_WITHDRAWN")
    /// The worker ended before it came so far.
    public static let workerExited = ErrorReason(rawValue: "WORKER_EXITED")
    /// The worker was forked by a command, so nobody replaces it.
    public static let workerNotSupervised = ErrorReason(rawValue: "WORKER_NOT_SUPERVISED")
    /// The worker is leaving and cannot listen any more.
    public static let workerLeaving = ErrorReason(rawValue: "WORKER_LEAVING")
    /// The process was started as a worker by hand.
    public static let noPrimary = ErrorReason(rawValue: "NO_PRIMARY")
    /// Only a worker can do this.
    public static let notAWorker = ErrorReason(rawValue: "NOT_A_WORKER")
    /// Only the primary can do this.
    public static let notAPrimary = ErrorReason(rawValue: "NOT_A_PRIMARY")
    /// The worker listens there already.
    public static let alreadyListening = ErrorReason(rawValue: "ALREADY_LISTENING")
    /// Another socket has the address.
    public static let addressInUse = ErrorReason(rawValue: "ADDRESS_IN_USE")
    /// The primary may not use the address.
    public static let addressNotPermitted = ErrorReason(rawValue: "ADDRESS_NOT_PERMITTED")
    /// The machine does not have the address.
    public static let addressNotAvailable = ErrorReason(rawValue: "ADDRESS_NOT_AVAILABLE")
    /// The connection or the channel is closed, or in use.
    public static let connectionClosed = ErrorReason(rawValue: "CONNECTION_CLOSED")
    /// Nobody knows whether the command with this key was done.
    public static let idempotencyOutcomeUnknown = ErrorReason(rawValue: "IDEMPOTENCY_OUTCOME_UNKNOWN")
    /// What is to be changed has changed meanwhile.
    public static let etagMismatch = ErrorReason(rawValue: "ETAG_MISMATCH")
    /// Another operation runs.
    public static let operationUnderWay = ErrorReason(rawValue: "OPERATION_UNDER_WAY")
    /// What workers print is not captured.
    public static let logsOff = ErrorReason(rawValue: "LOGS_OFF")
    /// The agent belongs to no fleet.
    public static let fleetOff = ErrorReason(rawValue: "FLEET_OFF")
    /// The agent of the fleet still reports.
    public static let fleetAgentLive = ErrorReason(rawValue: "FLEET_AGENT_LIVE")
    /// Events after this `seq` are no longer kept.
    public static let seqExpired = ErrorReason(rawValue: "SEQ_EXPIRED")

    // There is no such thing.
    /// No worker has this id.
    public static let workerNotFound = ErrorReason(rawValue: "WORKER_NOT_FOUND")
    /// No operation has this id.
    public static let operationNotFound = ErrorReason(rawValue: "OPERATION_NOT_FOUND")
    /// No agent of the fleet has this name.
    public static let fleetAgentNotFound = ErrorReason(rawValue: "FLEET_AGENT_NOT_FOUND")
    /// No instance has this number.
    public static let instanceNotFound = ErrorReason(rawValue: "INSTANCE_NOT_FOUND")
    /// The API has no such path.
    public static let routeNotFound = ErrorReason(rawValue: "ROUTE_NOT_FOUND")
    /// The path does not have this method.
    public static let methodNotAllowed = ErrorReason(rawValue: "METHOD_NOT_ALLOWED")

    // The caller may not.
    /// The request needs a token.
    public static let tokenMissing = ErrorReason(rawValue: "TOKEN_MISSING")
    /// The token is not known.
    public static let tokenInvalid = ErrorReason(rawValue: "TOKEN_INVALID")
    /// The caller's role does not allow this.
    public static let roleInsufficient = ErrorReason(rawValue: "ROLE_INSUFFICIENT")
    /// The caller may read this agent but not the fleet.
    public static let scopeInsufficient = ErrorReason(rawValue: "SCOPE_INSUFFICIENT")
    /// The header Host names another host.
    public static let hostNotAllowed = ErrorReason(rawValue: "HOST_NOT_ALLOWED")
    /// The request comes from a web page.
    public static let originNotAllowed = ErrorReason(rawValue: "ORIGIN_NOT_ALLOWED")

    // Too much, too late, or broken.
    /// There would be more workers than the limit.
    public static let tooManyWorkers = ErrorReason(rawValue: "TOO_MANY_WORKERS")
    /// The caller was refused too often; wait.
    public static let tooManyAttempts = ErrorReason(rawValue: "TOO_MANY_ATTEMPTS")
    /// There are too many connections.
    public static let tooManyConnections = ErrorReason(rawValue: "TOO_MANY_CONNECTIONS")
    /// The agent has no descriptors left for this.
    public static let outOfDescriptors = ErrorReason(rawValue: "OUT_OF_DESCRIPTORS")
    /// There are too many watchers.
    public static let tooManyWatchers = ErrorReason(rawValue: "TOO_MANY_WATCHERS")
    /// The receiver does not read, and too much waits for it.
    public static let messageQueueFull = ErrorReason(rawValue: "MESSAGE_QUEUE_FULL")
    /// The process could not be started.
    public static let spawnFailed = ErrorReason(rawValue: "SPAWN_FAILED")
    /// What was waited for did not happen in time.
    public static let deadlineExceeded = ErrorReason(rawValue: "WAIT_TIMED_OUT")
    /// The request did not arrive in time.
    public static let requestTimeout = ErrorReason(rawValue: "REQUEST_TIMEOUT")
    /// The agent or the primary is stopping.
    public static let shuttingDown = ErrorReason(rawValue: "SHUTTING_DOWN")
    /// The history cannot be used now.
    public static let historyUnavailable = ErrorReason(rawValue: "HISTORY_UNAVAILABLE")
    /// The fleet's database cannot be used now.
    public static let fleetUnavailable = ErrorReason(rawValue: "FLEET_UNAVAILABLE")
    /// What workers have printed cannot be read.
    public static let logsUnavailable = ErrorReason(rawValue: "LOGS_UNAVAILABLE")
    /// The agent has a bug, or lacks something that it must have.
    public static let internalError = ErrorReason(rawValue: "INTERNAL_ERROR")
}
