// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Something that the supervisor did or saw, for the history.
public struct SupervisorEvent: Hashable, Sendable {
    /// What happened.
    public enum Kind: Hashable, Sendable {
        /// Another number of workers is wanted.
        case scale(from: Int, to: Int)
        /// An instance gets another worker after this delay.
        ///
        /// - Parameter attempt: how many failures in a row there were; 0 if the last worker did not fail.
        case restart(attempt: Int, delayMs: Int64)
        /// A worker is ready, this long after its fork.
        case ready(afterMs: Int64)
        /// A worker has not answered a heartbeat for this long.
        case unresponsive(forMs: Int64)
        /// It answers again.
        case responsive(afterMs: Int64)
        /// A worker has passed a limit and will be replaced.
        case limit(Limit)
        /// An instance tries no more.
        case gaveUp(failures: Int, periodMs: Int)
        /// The workers' program was no longer at its place and was found again, at this path.
        case resolvedAnew(exec: String)
        /// An operation is under way.
        indirect case operationBegan(OperationInfo)
        /// One instance's part has changed. The progress names this instance only.
        case operationProgressed(OperationID, OperationProgress)
        /// An operation is over. It has a verdict.
        indirect case operationEnded(OperationInfo)
    }

    /// The limit that a worker has passed.
    public enum Limit: Hashable, Codable, Sendable {
        /// Resident bytes.
        case memory(bytes: Int64, maxBytes: Int64)
        /// How old it is.
        case age(ms: Int64, maxMs: Int)
    }

    /// When it happened.
    public let time: Timestamp
    /// What happened.
    public let kind: Kind
    /// Nil for what a worker did by itself.
    public let because: SupervisorCause?
    /// Which instance it is about; nil if it is about none.
    public let instance: Int?
    /// Which worker it is about; nil if it is about none.
    public let workerId: WorkerID?

    init(time: Timestamp, kind: Kind, because: SupervisorCause?, instance: Int?, workerId: WorkerID?) {
        self.time = time
        self.kind = kind
        self.because = because
        self.instance = instance
        self.workerId = workerId
    }
}
