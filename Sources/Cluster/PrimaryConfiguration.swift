// SPDX-License-Identifier: Apache-2.0

public import Shared

/// What a primary is made with and does not change.
public struct PrimaryConfiguration: Sendable {
    /// The settings to begin with.
    public var settings: ClusterSettings
    /// The environment that every worker gets, before what a fork adds. What a service manager has told this process
    /// (`NOTIFY_SOCKET`, `WATCHDOG_…`, `LISTEN_…`) is left out.
    public var environment: [String: String]
    /// The id of the first worker.
    public var firstWorkerID: WorkerID
    /// The last numbers that this primary may give, if numbers continue over restarts; see ``Primary/reserve(_:)``. Nil:
    /// there is no last one.
    public var reserved: NumberReservation?
    /// A fork that would pass it is refused.
    public var maxWorkers: Int
    /// Bytes that may wait for one worker that does not read; then `send` is refused.
    public var maxQueuedBytes: Int
    /// Accepted connections that may wait for a worker; then they stay in the kernel's backlog.
    public var maxPendingConnections: Int
    /// How long a socket that workers have asked for stays open after the last of them has gone, for a replacement to serve
    /// what waits in it. Zero closes it at once, as in Node. The sockets of `listen` in the settings stay in any case.
    public var listenerLinger: Duration
    /// How connections are spread over the workers.
    public var steering = SteeringPolicy()
    /// How long workers may take to end by themselves when this process is killed, or ends without `close()`; then
    /// they are killed. What a worker that was told to disconnect leaves behind has the same time.
    public var orphanGrace: Duration
    /// The descriptors that workers may be given by their numbers: to listen on (`listen({fd})`), and as their `stdio`.
    /// Name only those that this program was started with. All others are its own: files, and sockets such as the other
    /// workers' channels.
    public var inheritedDescriptors: Set<Int32> = [0, 1, 2]
    /// How many files a worker may have open until it asks for more (the soft limit of RLIMIT_NOFILE), for a program that
    /// has raised its own. Nil: as many as this process.
    public var workerFileLimit: UInt64?
    /// Whether `message` events are made from the start; ``Primary/publishMessages(_:)`` changes it.
    public var publishesMessages = false
    /// Whether a socket that a worker sends comes with its `message` event. Otherwise it is confirmed and closed.
    public var keepsPassedSockets = false
    /// Whether the primary reaps orphans, which come to PID 1 and to a subreaper. Set it only if the program has no
    /// other children than the workers, because they would be taken for orphans. The primary then handles SIGCHLD.
    public var reapsOrphans = false

    /// Gets what supervised workers write to their standard output and error. Their settings may send it elsewhere (`stdio`,
    /// `silent`). Nil: they write to this program's own.
    public var outputCollector: (any WorkerOutputCollector)?

    /// The properties that are no parameters keep their defaults and may be set afterwards.
    public init(
        settings: ClusterSettings = ClusterSettings(), environment: [String: String] = [:],
        firstWorkerID: WorkerID = .first, maxWorkers: Int = 1024, maxQueuedBytes: Int = 16 << 20,
        maxPendingConnections: Int = 1024, listenerLinger: Duration = .seconds(10),
        orphanGrace: Duration = .seconds(8)
    ) {
        self.settings = settings
        self.environment = environment
        self.firstWorkerID = firstWorkerID
        self.maxWorkers = maxWorkers
        self.maxQueuedBytes = maxQueuedBytes
        self.maxPendingConnections = maxPendingConnections
        self.listenerLinger = listenerLinger
        self.orphanGrace = orphanGrace
    }
}
