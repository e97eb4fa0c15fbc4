// SPDX-License-Identifier: Apache-2.0

/// How workers are started: `cluster.settings`, with the policy, a revision and its etag.
public struct ClusterSettings: Hashable, Codable, Sendable {
    /// The worker's program or script. Nil until it is set; a fork needs it.
    public var exec: String?
    /// Arguments of the worker's program.
    public var args: [String] = []
    /// Arguments of the interpreter, which come before `exec`.
    public var execArgv: [String] = []
    /// The interpreter. Nil means `node` for a script of Node's, and none for other programs. docs/configuration.md says
    /// which files are such scripts.
    public var execPath: String?
    /// The worker's working directory. Nil: the agent's.
    public var cwd: String?
    /// Files of `NAME=VALUE` lines on the agent's host, whose values are set over the agent's environment. A later file counts
    /// more than one before it.
    public var envFiles: [String] = []
    /// How messages are written on the channel.
    public var serialization: Serialization = .json
    /// The worker's output is read by the agent and not shown.
    public var silent = false
    /// Nil: the agent's own input and output, or pipes if `silent` is on, and the channel as fd 3.
    public var stdio: [StdioEntry]?
    /// The user that the worker's process belongs to. Nil: the agent's.
    public var uid: Account?
    /// The group that the worker's process belongs to. Nil: the agent's.
    public var gid: Account?
    /// The port of the first worker's inspector; each further worker gets the next one. Nil: Node's default.
    public var inspectPort: Int?
    /// Kept for Node's sake; it has no effect on Linux.
    public var windowsHide = false
    /// How a worker gets a new connection.
    public var schedulingPolicy: SchedulingPolicy = .roundRobin
    /// The sockets that workers are started with, from fd 3 on (sd_listen_fds(3)), for programs that know nothing of
    /// clusters.
    public var listen: [ListenURL] = []
    /// When a supervised worker counts as ready. Nil: when it listens.
    public var ready: WorkerReadiness?
    /// Whether a worker with `listen` gets the cluster's channel too. It is off at first: whatever such a program starts
    /// would find the channel in its environment, and take it. A worker without `listen` always has it.
    public var channel = false
    /// The signal that tells a worker to disconnect. Nil: a message, or SIGTERM if `listen` names sockets and the worker has
    /// not said that it understands messages.
    public var disconnectSignal: Signal?
    /// Counts the changes, from 1.
    public var revision = 1
    /// Distinguishes these settings from those of another run with the same revision. It is part of the etag only.
    public var run = ""

    /// The defaults, which are Node's.
    public init() {}

    /// Names this revision; a client sends it back to change only what it has seen.
    public var etag: String { run.isEmpty ? "\"\(revision)\"" : "\"\(run)-\(revision)\"" }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case exec, args, execArgv, execPath, cwd, envFiles, serialization, silent, stdio, uid, gid, inspectPort
        case windowsHide, schedulingPolicy, listen, ready, channel, disconnectSignal, revision, etag
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        exec = try container.decodeIfPresent(String.self, forKey: .exec)
        args = try container.decode([String].self, forKey: .args)
        execArgv = try container.decode([String].self, forKey: .execArgv)
        execPath = try container.decodeIfPresent(String.self, forKey: .execPath)
        cwd = try container.decodeIfPresent(String.self, forKey: .cwd)
        serialization = try container.decode(Serialization.self, forKey: .serialization)
        silent = try container.decode(Bool.self, forKey: .silent)
        stdio = try container.decodeIfPresent([StdioEntry].self, forKey: .stdio)
        uid = try container.decodeIfPresent(Account.self, forKey: .uid)
        gid = try container.decodeIfPresent(Account.self, forKey: .gid)
        inspectPort = try container.decodeIfPresent(Int.self, forKey: .inspectPort)
        windowsHide = try container.decode(Bool.self, forKey: .windowsHide)
        schedulingPolicy = try container.decode(SchedulingPolicy.self, forKey: .schedulingPolicy)
        // Settings that an older agent has written lack these.
        listen = try container.decodeIfPresent([ListenURL].self, forKey: .listen) ?? []
        ready = try container.decodeIfPresent(WorkerReadiness.self, forKey: .ready)
        envFiles = try container.decodeIfPresent([String].self, forKey: .envFiles) ?? []
        channel = try container.decodeIfPresent(Bool.self, forKey: .channel) ?? false
        disconnectSignal = try container.decodeIfPresent(Signal.self, forKey: .disconnectSignal)
        revision = try container.decode(Int.self, forKey: .revision)
        let etag = try container.decode(String.self, forKey: .etag)
        run = etag.lastIndex(of: "-").map { String(etag[..<$0].dropFirst()) } ?? ""
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(exec, forKey: .exec)
        try container.encode(args, forKey: .args)
        try container.encode(execArgv, forKey: .execArgv)
        try container.encode(execPath, forKey: .execPath)
        try container.encode(cwd, forKey: .cwd)
        try container.encode(envFiles, forKey: .envFiles)
        try container.encode(serialization, forKey: .serialization)
        try container.encode(silent, forKey: .silent)
        try container.encode(stdio, forKey: .stdio)
        try container.encode(uid, forKey: .uid)
        try container.encode(gid, forKey: .gid)
        try container.encode(inspectPort, forKey: .inspectPort)
        try container.encode(windowsHide, forKey: .windowsHide)
        try container.encode(schedulingPolicy, forKey: .schedulingPolicy)
        try container.encode(listen, forKey: .listen)
        try container.encode(ready, forKey: .ready)
        try container.encode(channel, forKey: .channel)
        try container.encode(disconnectSignal, forKey: .disconnectSignal)
        try container.encode(revision, forKey: .revision)
        try container.encode(etag, forKey: .etag)
    }
}

/// How a worker gets a new connection: `cluster.schedulingPolicy`.
public enum SchedulingPolicy: String, Codable, Sendable, CaseIterable {
    /// The primary accepts and hands over in turn: Node's `SCHED_RR`.
    case roundRobin = "rr"
    /// The workers share the listening socket and the kernel decides: Node's `SCHED_NONE`.
    case none
    /// Each worker has its own listening socket, all at one port, and the kernel spreads the connections over them
    /// (SO_REUSEPORT, socket(7)). Only for TCP: unix sockets and inherited descriptors use `rr`.
    case reuseport
}

/// How messages between the primary and a worker are written.
public enum Serialization: String, Codable, Sendable, CaseIterable {
    /// One JSON value and a newline.
    case json
    /// A length and a V8 serialization.
    case advanced
}

/// When a worker counts as ready: `settings.ready`. A program that is started with sockets counts as listening on them as soon
/// as it runs, or, with `notify`, when it says so.
public enum WorkerReadiness: String, Codable, Sendable, CaseIterable {
    /// When it listens.
    case listening
    /// When its program runs: Node's `online`.
    case online
    /// When it says `process.send('ready')`.
    case message
    /// When it says `READY=1` on NOTIFY_SOCKET (sd_notify(3)).
    case notify
    /// As soon as it is forked.
    case immediately
}
