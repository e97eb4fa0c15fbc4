// SPDX-License-Identifier: Apache-2.0

/// Something that takes a while, from its command to its verdict: the contract's `Operation` (AIP-151).
public struct OperationInfo: Hashable, Codable, Sendable {
    /// What operations there are.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case scale
        case restart
        case reload
    }

    /// What an operation that is under way does now.
    public enum Phase: String, Codable, Sendable, CaseIterable {
        /// New workers are started, one after the other or several at once.
        case rolling
        /// The new workers serve. The old ones finish their connections and end.
        case draining
        /// A new worker has failed. It is stopped, and its last words are awaited.
        case aborting
        case done
    }

    /// How an operation ended.
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case succeeded
        /// A new worker failed. The old ones that were not replaced yet serve on.
        case aborted
        /// Somebody cancelled it, or its workers were taken away by another command.
        case cancelled
        /// The agent stopped.
        case interrupted
    }

    /// Its id, which no other operation has.
    public var id: OperationID
    /// What it is.
    public var kind: Kind
    /// What it is busy with.
    public var phase: Phase
    /// When it began.
    public var startedAt: Timestamp
    /// When it ended. Nil until it is done.
    public var endedAt: Timestamp?
    /// Who started it. Nil if nobody is known.
    public var principal: String?
    /// The request that started it.
    public var requestId: String?
    /// How far it has come.
    public var progress: OperationProgress
    /// How many forked workers a reload leaves alone. Nil for other operations.
    public var unsupervised: Int?
    /// Nil until it is done.
    public var verdict: Verdict?
    /// Why it was aborted.
    public var failure: WorkerFailure?

    /// `operations/ID`
    public var name: String { "operations/\(id)" }
    /// Whether it has a verdict.
    public var done: Bool { verdict != nil }

    /// An operation that begins.
    public init(
        id: OperationID, kind: Kind, phase: Phase, startedAt: Timestamp, requestId: String?, progress: OperationProgress
    ) {
        self.id = id
        self.kind = kind
        self.phase = phase
        self.startedAt = startedAt
        self.requestId = requestId
        self.progress = progress
    }

    enum CodingKeys: String, CodingKey {
        case name, kind, done, phase, startedAt, endedAt, principal, requestId, progress, unsupervised, verdict, failure
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let name = try container.decode(String.self, forKey: .name)
        let prefix = "operations/"
        guard name.hasPrefix(prefix), let id = OperationID(name.dropFirst(prefix.count)) else {
            throw DecodingError.dataCorruptedError(
                forKey: .name, in: container, debugDescription: "an operation's name is \(prefix) and its id")
        }
        self.id = id
        kind = try container.decode(Kind.self, forKey: .kind)
        phase = try container.decode(Phase.self, forKey: .phase)
        startedAt = try container.decode(Timestamp.self, forKey: .startedAt)
        endedAt = try container.decodeIfPresent(Timestamp.self, forKey: .endedAt)
        principal = try container.decodeIfPresent(String.self, forKey: .principal)
        requestId = try container.decodeIfPresent(String.self, forKey: .requestId)
        progress = try container.decode(OperationProgress.self, forKey: .progress)
        unsupervised = try container.decodeIfPresent(Int.self, forKey: .unsupervised)
        verdict = try container.decodeIfPresent(Verdict.self, forKey: .verdict)
        failure = try container.decodeIfPresent(WorkerFailure.self, forKey: .failure)
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(done, forKey: .done)
        try container.encode(phase, forKey: .phase)
        try container.encode(startedAt, forKey: .startedAt)
        try container.encode(endedAt, forKey: .endedAt)
        try container.encode(principal, forKey: .principal)
        try container.encode(requestId, forKey: .requestId)
        try container.encode(progress, forKey: .progress)
        try container.encode(unsupervised, forKey: .unsupervised)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(failure, forKey: .failure)
    }
}
