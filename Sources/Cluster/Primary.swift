// SPDX-License-Identifier: Apache-2.0

public import Logging
public import Shared

/// The parent's side of node:cluster: forks workers and shares its ports with them.
public actor Primary {
    /// What happens, in order; for one consumer. Finishes after `close()`.
    public nonisolated let events: AsyncStream<PrimaryEvent>

    /// - Throws: `INTERNAL` where the kernel gives no epoll instance or thread.
    public init(_ configuration: PrimaryConfiguration, logger: Logger) throws(ClusterError) {
        preconditionFailure("skeleton")
    }

    public var settings: ClusterSettings { preconditionFailure("skeleton") }
    /// The live workers by id.
    public var workers: [WorkerInfo] { preconditionFailure("skeleton") }
    public func worker(_ id: WorkerID) -> WorkerInfo? { preconditionFailure("skeleton") }
    public var status: ClusterReply { preconditionFailure("skeleton") }
    /// The number of the newest event, 0 before the first.
    public var lastEventNumber: UInt64 { preconditionFailure("skeleton") }

    public func setupPrimary(_ patch: SettingsPatch, requestID: String? = nil) throws(ClusterError) -> ClusterSettings {
        preconditionFailure("skeleton")
    }
    public func fork(count: Int = 1, environment: [String: String] = [:], requestID: String? = nil) throws(ClusterError)
        -> [WorkerInfo]
    { preconditionFailure("skeleton") }
    public func disconnect(_ id: WorkerID, abrupt: Bool = false, requestID: String? = nil) throws(ClusterError)
        -> WorkerInfo
    { preconditionFailure("skeleton") }
    public func disconnectAll(requestID: String? = nil) -> [WorkerInfo] { preconditionFailure("skeleton") }
    public func kill(_ id: WorkerID, signal: Signal = .terminate, requestID: String? = nil) throws(ClusterError)
        -> WorkerInfo
    { preconditionFailure("skeleton") }
    /// - Parameter json: one JSON value in UTF-8.
    public func send(_ json: [UInt8], to id: WorkerID) throws(ClusterError) -> SendReply {
        preconditionFailure("skeleton")
    }
    /// Waits until each of `ids` has come this far and returns them as they were then. Cancelling the task ends the wait with `CancellationError`.
    /// - Throws: `WORKER_EXITED` where a worker ends before it comes online or listening, `WORKER_NOT_FOUND`.
    public func wait(for ids: [WorkerID], until milestone: WorkerMilestone) async throws -> [WorkerInfo] {
        preconditionFailure("skeleton")
    }
    /// `message` events are made only while this is on; off at first.
    public func publishMessages(_ on: Bool) { preconditionFailure("skeleton") }
    /// Frees the thread and all descriptors. Call it when no worker is left; workers that are still there are killed.
    public func close() async { preconditionFailure("skeleton") }
}
