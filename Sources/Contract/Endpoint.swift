// SPDX-License-Identifier: Apache-2.0

/// Every call of the contract, by its operationId in `api/openapi.yaml`.
public enum Endpoint: String, CaseIterable, Sendable {
    case health = "Health"
    case ready = "Ready"
    case metrics = "Metrics"
    case openAPI = "OpenAPI"
    case getVersion = "GetVersion"
    case getCaller = "GetCaller"
    case getCluster = "GetCluster"
    case getSettings = "GetSettings"
    case setupPrimary = "SetupPrimary"
    /// Node's old name of `setupPrimary`.
    case setupMaster = "SetupMaster"
    case disconnectAll = "DisconnectAll"
    case scale = "Scale"
    case reload = "Reload"
    case getSupervision = "GetSupervision"
    case supervise = "Supervise"
    case listInstances = "ListInstances"
    case listSamples = "ListSamples"
    case listOperations = "ListOperations"
    case getOperation = "GetOperation"
    case waitOperation = "WaitOperation"
    case cancelOperation = "CancelOperation"
    case listWorkers = "ListWorkers"
    case fork = "Fork"
    case getWorker = "GetWorker"
    case disconnectWorker = "DisconnectWorker"
    case killWorker = "KillWorker"
    case restartWorker = "RestartWorker"
    case pauseWorker = "PauseWorker"
    case resumeWorker = "ResumeWorker"
    case sendMessage = "SendMessage"
    case listEvents = "ListEvents"
    case watchEvents = "WatchEvents"
    case listExits = "ListExits"
    case listWatchers = "ListWatchers"
    case listLogs = "ListLogs"
    case watchLogs = "WatchLogs"
    case getFleet = "GetFleet"
    case listFleetAgents = "ListFleetAgents"
    case forgetFleetAgent = "ForgetFleetAgent"
    case listFleetWorkers = "ListFleetWorkers"
    case listFleetEvents = "ListFleetEvents"
    case watchFleetEvents = "WatchFleetEvents"

    /// As Hummingbird's router and OpenAPI both write it.
    public var path: String {
        switch self {
        case .health: "/healthz"
        case .ready: "/readyz"
        case .metrics: "/metrics"
        case .openAPI: "/openapi.yaml"
        case .getVersion: "/v1/version"
        case .getCaller: "/v1/caller"
        case .getCluster: "/v1/cluster"
        case .getSettings: "/v1/cluster/settings"
        case .setupPrimary: "/v1/cluster:setupPrimary"
        case .setupMaster: "/v1/cluster:setupMaster"
        case .disconnectAll: "/v1/cluster:disconnect"
        case .scale: "/v1/cluster:scale"
        case .reload: "/v1/cluster:reload"
        case .getSupervision: "/v1/cluster/supervision"
        case .supervise: "/v1/cluster:supervise"
        case .listInstances: "/v1/instances"
        case .listSamples: "/v1/samples"
        case .listOperations: "/v1/operations"
        case .getOperation: "/v1/operations/{id}"
        case .waitOperation: "/v1/operations/{id}:wait"
        case .cancelOperation: "/v1/operations/{id}:cancel"
        case .listWorkers: "/v1/workers"
        case .fork: "/v1/workers:fork"
        case .getWorker: "/v1/workers/{id}"
        case .disconnectWorker: "/v1/workers/{id}:disconnect"
        case .killWorker: "/v1/workers/{id}:kill"
        case .restartWorker: "/v1/workers/{id}:restart"
        case .pauseWorker: "/v1/workers/{id}:pause"
        case .resumeWorker: "/v1/workers/{id}:resume"
        case .sendMessage: "/v1/workers/{id}:send"
        case .listEvents: "/v1/events"
        case .watchEvents: "/v1/events:watch"
        case .listExits: "/v1/exits"
        case .listWatchers: "/v1/watchers"
        case .listLogs: "/v1/logs"
        case .watchLogs: "/v1/logs:watch"
        case .getFleet: "/v1/fleet"
        case .listFleetAgents: "/v1/fleet/agents"
        case .forgetFleetAgent: "/v1/fleet/agents/{id}:forget"
        case .listFleetWorkers: "/v1/fleet/workers"
        case .listFleetEvents: "/v1/fleet/events"
        case .watchFleetEvents: "/v1/fleet/events:watch"
        }
    }

    /// What it does to the cluster; nil if it only reads.
    public var command: CommandKind? {
        switch self {
        case .setupPrimary, .setupMaster: .setupPrimary
        case .disconnectAll: .disconnectAll
        case .fork: .fork
        case .disconnectWorker: .disconnectWorker
        case .killWorker: .killWorker
        case .restartWorker: .restartWorker
        case .pauseWorker: .pauseWorker
        case .resumeWorker: .resumeWorker
        case .sendMessage: .sendMessage
        case .scale: .scale
        case .reload: .reload
        case .supervise: .supervise
        case .cancelOperation: .cancelOperation
        case .forgetFleetAgent: .forgetFleetAgent
        case .health, .ready, .metrics, .openAPI, .getVersion, .getCaller, .getCluster, .getSettings, .getSupervision,
            .listWorkers, .getWorker, .listInstances, .listSamples, .listOperations, .getOperation, .waitOperation,
            .listEvents, .watchEvents, .listExits, .listWatchers, .listLogs, .watchLogs, .getFleet, .listFleetAgents,
            .listFleetWorkers, .listFleetEvents, .watchFleetEvents:
            nil
        }
    }

    /// A command is a POST, and a call that only reads is a GET. A wait is a POST too, because no cache may keep its
    /// answer.
    public var method: Method { command == nil && self != .waitOperation ? .get : .post }

    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// The least role that a caller needs. Nil: no token is needed, because the answer only says whether all is well.
    public var role: Role? {
        if let command { return command.role }
        return switch self {
        case .health, .ready: nil
        // What workers print may be secret.
        case .listLogs, .watchLogs: .operate
        default: .read
        }
    }

    /// The scope that a caller needs beside the role. Nil: it is about this agent alone.
    public var scope: TokenScope? {
        switch self {
        case .listFleetAgents, .forgetFleetAgent, .listFleetWorkers, .listFleetEvents, .watchFleetEvents: .fleet
        default: nil
        }
    }

    /// The parameters that its query may have; any other is refused.
    public var queryParameters: [String] {
        switch self {
        case .listEvents:
            ["type", "workerId", "requestId", "since", "until", "afterSeq", "order", "pageSize", "pageToken"]
        case .watchEvents: ["type", "workerId", "messages", "afterSeq"]
        case .listLogs:
            [
                "workerId", "instance", "stream", "since", "until", "contains", "afterSeq", "order", "pageSize",
                "pageToken",
            ]
        case .watchLogs: ["workerId", "instance", "stream", "since", "contains", "tail", "afterSeq"]
        case .listWorkers: ["state", "all", "pageSize", "pageToken"]
        case .listSamples: ["instance"]
        case .listFleetWorkers: ["agent", "group", "state", "all", "pageSize", "pageToken"]
        case .listFleetEvents:
            ["agent", "group", "type", "workerId", "requestId", "since", "until", "order", "pageSize", "pageToken"]
        case .watchFleetEvents: ["agent", "group", "type", "after"]
        default: []
        }
    }

    /// For `Allow`. HEAD is answered like GET, without the body (RFC 9110, 9.3.2).
    public var allowedMethods: String { method == .get ? "GET, HEAD" : method.rawValue }

    /// The call whose path this is, whatever the method; no two calls share a path.
    public static func matching(_ path: String) -> Endpoint? {
        if let endpoint = byPath[path] { return endpoint }
        let parts = path.split(separator: "/")
        return patterns.first { _, pattern in
            pattern.count == parts.count && zip(pattern, parts).allSatisfy(matches)
        }?.0
    }

    /// Made once, because every request is looked up.
    private static let patterns = allCases.map { ($0, $0.path.split(separator: "/")) }
    private static let byPath = Dictionary(
        uniqueKeysWithValues: allCases.filter { !$0.path.contains("{") }.map { ($0.path, $0) })

    /// An `{id}` stands for anything without a colon, which begins a verb.
    private static func matches(_ pattern: Substring, _ part: Substring) -> Bool {
        guard pattern.hasPrefix("{id}") else { return pattern == part }
        let verb = pattern.dropFirst("{id}".count)
        return part.hasSuffix(verb) && !part.dropLast(verb.count).contains(":")
    }
}

/// A kind of command: a call that changes something.
public enum CommandKind: CaseIterable, Sendable {
    case setupPrimary, fork, disconnectWorker, disconnectAll, killWorker, sendMessage, pauseWorker, resumeWorker
    case scale, restartWorker, reload, supervise, cancelOperation, forgetFleetAgent

    /// The least role that a caller needs.
    public var role: Role {
        switch self {
        // A reload with settings needs more; its use case says so.
        case .fork, .disconnectAll, .disconnectWorker, .killWorker, .sendMessage, .pauseWorker, .resumeWorker, .scale,
            .restartWorker, .reload, .cancelOperation, .forgetFleetAgent:
            .operate
        case .setupPrimary, .supervise: .admin
        }
    }
}
