// SPDX-License-Identifier: Apache-2.0

/// How a worker's process ended, why, and what it used.
public struct ExitReport: Hashable, Codable, Sendable {
    /// Why a process ended.
    public enum Reason: String, Hashable, Codable, Sendable, CaseIterable {
        /// By itself, with a code.
        case exited
        /// By a signal.
        case signaled
        /// By itself or by its disconnect signal, after it was told to disconnect.
        case disconnected
        /// The agent ended, and its workers with it.
        case agentStopped
        /// The agent was killed or crashed; nobody saw how the worker ended.
        case agentLost
        /// There never was a process.
        case spawnFailed
    }

    /// Why it ended.
    public var reason: Reason
    /// Nil if a signal ended it. Nil like `signal` if another part of the primary's program has taken its exit status.
    public var code: Int32?
    /// Nil if it ended by itself.
    public var signal: Signal?
    /// From fork to exit. This and what follows is nil if nobody saw the end.
    public var uptimeMs: Int64?
    /// The largest resident set, in bytes (getrusage(2)).
    public var maxRssBytes: Int64?
    /// CPU time in user mode.
    public var userMs: Int64?
    /// CPU time in the kernel.
    public var systemMs: Int64?
    /// The last that it wrote to its standard error, at most 4 KiB; nil if that was no pipe.
    public var stderr: String?
    /// The command that caused the end.
    public var requestId: String?
    /// Who gave that command.
    public var principal: String?
    /// Processes of its session that outlived it, at most 32, by pid. They are ended too. Told by the `exit` event alone,
    /// so it is no part of the JSON.
    public var leftBehind: [Int32] = []
    /// The place of its last line among those that are stored; nil if none is. Told by the `exit` event alone.
    public var logSeq: Int64?

    /// A report of these parts.
    public init(
        reason: Reason, code: Int32? = nil, signal: Signal? = nil, uptimeMs: Int64? = nil, maxRssBytes: Int64? = nil,
        userMs: Int64? = nil, systemMs: Int64? = nil, stderr: String? = nil, requestId: String? = nil,
        principal: String? = nil
    ) {
        self.reason = reason
        self.code = code
        self.signal = signal
        self.uptimeMs = uptimeMs
        self.maxRssBytes = maxRssBytes
        self.userMs = userMs
        self.systemMs = systemMs
        self.stderr = stderr
        self.requestId = requestId
        self.principal = principal
    }

    enum CodingKeys: String, CodingKey {
        case reason, code, signal, uptimeMs, maxRssBytes, userMs, systemMs, stderr, requestId, principal
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(reason, forKey: .reason)
        try container.encode(code, forKey: .code)
        try container.encode(signal, forKey: .signal)
        try container.encode(uptimeMs, forKey: .uptimeMs)
        try container.encode(maxRssBytes, forKey: .maxRssBytes)
        try container.encode(userMs, forKey: .userMs)
        try container.encode(systemMs, forKey: .systemMs)
        try container.encode(stderr, forKey: .stderr)
        try container.encode(requestId, forKey: .requestId)
        try container.encode(principal, forKey: .principal)
    }
}
