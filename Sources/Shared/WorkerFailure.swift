// SPDX-License-Identifier: Apache-2.0

/// Why an instance lost its worker although nobody asked for that: `lastFailure`.
public struct WorkerFailure: Hashable, Codable, Sendable {
    /// The kinds of failure.
    public enum Reason: String, Codable, Sendable, CaseIterable {
        /// Its process ended by itself, with a code.
        case exited
        /// A signal ended its process.
        case signaled
        /// There never was a process.
        case spawnFailed
        /// It was not ready in time, and was stopped.
        case notReady
        /// It did not answer heartbeats, and was stopped.
        case unresponsive
        /// It closed its channel by itself and lived on, and was ended.
        case disconnected
    }

    /// The instance's number.
    public var instance: Int
    /// Nil if no worker could be forked.
    public var workerId: WorkerID?
    /// What went wrong.
    public var reason: Reason
    /// The exit code of its process.
    public var code: Int32?
    /// The signal that ended its process.
    public var signal: Signal?
    /// The last that the worker wrote to its standard error.
    public var stderr: String?
    /// Why no worker could be forked.
    public var message: String?
    /// When it happened.
    public var at: Timestamp
    /// When the next worker is forked; nil if that has happened, or will not.
    public var nextTryAt: Timestamp?

    /// A failure of these parts.
    public init(instance: Int, workerId: WorkerID? = nil, reason: Reason, message: String? = nil, at: Timestamp) {
        self.instance = instance
        self.workerId = workerId
        self.reason = reason
        self.message = message
        self.at = at
    }

    /// A worker that ended although nobody had asked it to.
    public init(instance: Int, workerId: WorkerID, _ exit: ExitReport, at: Timestamp) {
        let reason: Reason =
            exit.reason == .spawnFailed ? .spawnFailed : exit.signal == nil ? .exited : .signaled
        self.init(instance: instance, workerId: workerId, reason: reason, at: at)
        addLastWords(exit)
    }

    /// How a process ended that was stopped because of this failure.
    public mutating func addLastWords(_ exit: ExitReport) {
        code = exit.code
        signal = exit.signal
        stderr = exit.stderr
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(instance, forKey: .instance)
        try container.encode(workerId, forKey: .workerId)
        try container.encode(reason, forKey: .reason)
        try container.encode(code, forKey: .code)
        try container.encode(signal, forKey: .signal)
        try container.encode(stderr, forKey: .stderr)
        try container.encode(message, forKey: .message)
        try container.encode(at, forKey: .at)
        try container.encode(nextTryAt, forKey: .nextTryAt)
    }
}
