// SPDX-License-Identifier: Apache-2.0

/// All about one worker, alive or gone: the contract's `Worker`.
public struct WorkerInfo: Hashable, Codable, Sendable {
    /// Its number, which no other worker has.
    public var id: WorkerID
    /// The program's `cluster.worker.id` (`NODE_UNIQUE_ID`). It counts from 1 in each run of the primary, as in Node,
    /// while ``id`` continues over restarts.
    public var nodeId: WorkerID {
        get { ownID ?? id }
        set { ownID = newValue }
    }
    /// Nil if an older agent has written it: it was the id.
    private var ownID: WorkerID?
    /// Whether it is supervised. False for a worker that a command has forked.
    public var supervised = false
    /// The number of the instance that it was forked for; nil if it is not supervised.
    public var instance: Int?
    /// Whether it counts as ready; nil if it is not supervised.
    public var ready: Bool?
    /// Whether its event loop answers heartbeats; nil if it gets none.
    public var responsive: Bool?
    /// Nil if the process could not be started.
    public var pid: Int32?
    /// Its state in Node's words.
    public var state: WorkerState = .none
    /// Set once somebody has asked it to leave. Nil again when its process has ended.
    public var leaving: Leaving?
    /// Whether somebody has paused it, so that it gets no new connections.
    public var paused = false
    /// `worker.isConnected()`
    public var connected = false
    /// `worker.isDead()`
    public var dead = false
    /// True if the worker left because it was asked to or wanted to.
    public var exitedAfterDisconnect: Bool?
    /// Why the agent closed its channel. Nil if the agent did not do so by itself.
    public var disconnectReason: DisconnectReason?
    /// The exit code of its process. Nil if it lives or a signal ended it.
    public var exitCode: Int32?
    /// The name of the signal that ended it.
    public var signal: String?
    /// How and why it ended; nil while it lives.
    public var exit: ExitReport?
    /// The program that it runs.
    public var exec: String
    /// Its program's arguments.
    public var args: [String]
    /// The revision of the settings that it was forked with.
    public var settingsRevision: Int
    /// Where it listens.
    public var listening: [ListeningAddress] = []
    /// When it was forked.
    public var forkedAt: Timestamp
    /// When it came online.
    public var onlineAt: Timestamp?
    /// When its first server listened.
    public var listeningAt: Timestamp?
    /// When its channel closed.
    public var disconnectedAt: Timestamp?
    /// When its process ended.
    public var exitedAt: Timestamp?
    /// What it does now. Nil, and not written, in events and in lists of ended workers.
    public var figures: WorkerFigures?

    /// - Parameter nodeId: nil: as `id`.
    public init(
        id: WorkerID, nodeId: WorkerID? = nil, pid: Int32? = nil, exec: String, args: [String], settingsRevision: Int,
        forkedAt: Timestamp
    ) {
        self.id = id
        ownID = nodeId ?? id
        self.pid = pid
        self.exec = exec
        self.args = args
        self.settingsRevision = settingsRevision
        self.forkedAt = forkedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, supervised, instance, ready, responsive, pid, state, leaving, paused, connected, dead,
            exitedAfterDisconnect, disconnectReason, exitCode, signal, exit
        case exec, args, settingsRevision, listening, forkedAt, onlineAt, listeningAt, disconnectedAt, exitedAt,
            figures
        case ownID = "nodeId"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(WorkerID.self, forKey: .id)
        ownID = try container.decodeIfPresent(WorkerID.self, forKey: .ownID)
        // An older agent does not write these.
        supervised = try container.decodeIfPresent(Bool.self, forKey: .supervised) ?? false
        instance = try container.decodeIfPresent(Int.self, forKey: .instance)
        ready = try container.decodeIfPresent(Bool.self, forKey: .ready)
        responsive = try container.decodeIfPresent(Bool.self, forKey: .responsive)
        pid = try container.decodeIfPresent(Int32.self, forKey: .pid)
        state = try container.decode(WorkerState.self, forKey: .state)
        leaving = try container.decodeIfPresent(Leaving.self, forKey: .leaving)
        paused = try container.decodeIfPresent(Bool.self, forKey: .paused) ?? false
        connected = try container.decode(Bool.self, forKey: .connected)
        dead = try container.decode(Bool.self, forKey: .dead)
        exitedAfterDisconnect = try container.decodeIfPresent(Bool.self, forKey: .exitedAfterDisconnect)
        disconnectReason = try container.decodeIfPresent(DisconnectReason.self, forKey: .disconnectReason)
        exitCode = try container.decodeIfPresent(Int32.self, forKey: .exitCode)
        signal = try container.decodeIfPresent(String.self, forKey: .signal)
        exit = try container.decodeIfPresent(ExitReport.self, forKey: .exit)
        exec = try container.decode(String.self, forKey: .exec)
        args = try container.decode([String].self, forKey: .args)
        settingsRevision = try container.decode(Int.self, forKey: .settingsRevision)
        listening = try container.decode([ListeningAddress].self, forKey: .listening)
        forkedAt = try container.decode(Timestamp.self, forKey: .forkedAt)
        onlineAt = try container.decodeIfPresent(Timestamp.self, forKey: .onlineAt)
        listeningAt = try container.decodeIfPresent(Timestamp.self, forKey: .listeningAt)
        disconnectedAt = try container.decodeIfPresent(Timestamp.self, forKey: .disconnectedAt)
        exitedAt = try container.decodeIfPresent(Timestamp.self, forKey: .exitedAt)
        figures = try container.decodeIfPresent(WorkerFigures.self, forKey: .figures)
    }

    /// Absent values are written as null, so that a client always finds the same fields. Figures belong to a moment, so they
    /// are written only if they were asked for.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(nodeId, forKey: .ownID)
        try container.encode(supervised, forKey: .supervised)
        try container.encode(instance, forKey: .instance)
        try container.encode(ready, forKey: .ready)
        try container.encode(responsive, forKey: .responsive)
        try container.encode(pid, forKey: .pid)
        try container.encode(state, forKey: .state)
        try container.encode(leaving, forKey: .leaving)
        try container.encode(paused, forKey: .paused)
        try container.encode(connected, forKey: .connected)
        try container.encode(dead, forKey: .dead)
        try container.encode(exitedAfterDisconnect, forKey: .exitedAfterDisconnect)
        try container.encode(disconnectReason, forKey: .disconnectReason)
        try container.encode(exitCode, forKey: .exitCode)
        try container.encode(signal, forKey: .signal)
        try container.encode(exit, forKey: .exit)
        try container.encode(exec, forKey: .exec)
        try container.encode(args, forKey: .args)
        try container.encode(settingsRevision, forKey: .settingsRevision)
        try container.encode(listening, forKey: .listening)
        try container.encode(forkedAt, forKey: .forkedAt)
        try container.encode(onlineAt, forKey: .onlineAt)
        try container.encode(listeningAt, forKey: .listeningAt)
        try container.encode(disconnectedAt, forKey: .disconnectedAt)
        try container.encode(exitedAt, forKey: .exitedAt)
        try container.encodeIfPresent(figures, forKey: .figures)
    }
}
