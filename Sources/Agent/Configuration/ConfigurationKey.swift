// SPDX-License-Identifier: Apache-2.0

import Shared

/// Everything that can be configured, by its key in the file. `tls.clientCA` is also the variable
/// `CLUSTER_AGENT_TLS_CLIENT_CA`. Most keys also have a flag: `--tls-client-ca`.
enum ConfigurationKey: String, CaseIterable, Sendable {
    case name
    case dataDirectory = "dataDir"
    case exec
    case args
    case primary
    case cwd
    case execPath
    case execArgv
    case envFiles
    case serialization
    case stdio
    case silent
    case uid
    case gid
    case workers
    case maxWorkers
    case schedulingPolicy
    case stickiness = "steering.sticky"
    case stickyHeader = "steering.stickyHeader"
    case stickyWait = "steering.stickyWait"
    case skipAfter = "steering.skipAfter"
    case workerListen = "worker.listen"
    case workerReady = "worker.ready"
    case workerChannel = "worker.channel"
    case workerEnvironment = "worker.env"
    case workerDisconnectSignal = "worker.disconnectSignal"
    case restart = "supervision.restart"
    case readyTimeout = "supervision.readyTimeout"
    case minReady = "supervision.minReady"
    case backoff = "supervision.backoff"
    case backoffMax = "supervision.backoffMax"
    case intensity = "supervision.intensity"
    case period = "supervision.period"
    case whenGivenUp = "supervision.whenGivenUp"
    case heartbeat = "supervision.heartbeat"
    case unresponsiveAfter = "supervision.unresponsiveAfter"
    case unresponsive = "supervision.unresponsive"
    case maxMemory = "supervision.maxMemory"
    case maxAge = "supervision.maxAge"
    case drainTimeout = "supervision.drainTimeout"
    case killTimeout = "supervision.killTimeout"
    case instanceVariable = "supervision.instanceVariable"
    case listenerLinger
    case grace
    case logLevel
    case listen
    case hostNames
    case socketPath = "socket.path"
    case socketGroup = "socket.group"
    case socketMode = "socket.mode"
    case socketReaders = "socket.roles.read"
    case socketOperators = "socket.roles.operate"
    case socketAdmins = "socket.roles.admin"
    case insecureNoAuth = "insecure.noAuth"
    case insecurePlaintext = "insecure.plaintext"
    case tlsCertificate = "tls.cert"
    case tlsKey = "tls.key"
    case tlsClientCA = "tls.clientCA"
    case tlsReaders = "tls.roles.read"
    case tlsOperators = "tls.roles.operate"
    case tlsAdmins = "tls.roles.admin"
    case connections = "limits.connections"
    case connectionsPerAddress = "limits.connectionsPerAddress"
    case watchers = "limits.watchers"
    case historyMaxAge = "history.maxAge"
    case historyMaxEvents = "history.maxEvents"
    case historyMaxBytes = "history.maxBytes"
    case historyMaxWorkerAge = "history.maxWorkerAge"
    case historyMessages = "history.messages"
    case logsCapture = "logs.capture"
    case logsForward = "logs.forward"
    case logsSegmentBytes = "logs.segmentBytes"
    case logsMaxBytes = "logs.maxBytes"
    case logsMaxAge = "logs.maxAge"
    case fleetURL = "fleet.url"
    case fleetPasswordFile = "fleet.passwordFile"
    case fleetName = "fleet.name"
    case fleetGroups = "fleet.groups"
    case fleetEndpoints = "fleet.endpoints"
    case fleetMaxLagBytes = "fleet.maxLagBytes"
    case fleetMaxAge = "fleet.maxAge"
    case fleetForgetAfter = "fleet.forgetAfter"

    /// A list in the file, and separated by commas in a variable.
    var isList: Bool {
        switch self {
        case .args, .execArgv, .envFiles, .stdio, .workerListen, .workerEnvironment, .listen, .hostNames,
            .socketReaders, .socketOperators, .socketAdmins, .tlsReaders, .tlsOperators, .tlsAdmins, .fleetGroups,
            .fleetEndpoints:
            true
        default: false
        }
    }

    var components: [String] { rawValue.split(separator: ".").map(String.init) }

    /// The prefix of all variables of the agent.
    static let variablePrefix = EnvironmentName.agentPrefix

    /// The variable, spelled as swift-configuration does: words in capitals with `_` in between.
    var variable: String { Self.variablePrefix + words(joinedBy: "_").uppercased() }

    /// The flag, if there is one.
    var flag: String {
        switch self {
        case .exec: "EXEC"
        case .args: "ARG"
        case .envFiles: "--env-file"
        case .logsCapture: "--worker-logs"
        case .logsForward: "--worker-logs-forward"
        // The policy is what people change most, so its flags are short.
        case _ where components.first == "supervision":
            "--" + Self.words(components.dropFirst(), joinedBy: "-").lowercased()
        default: "--" + words(joinedBy: "-").lowercased()
        }
    }

    private func words(joinedBy separator: String) -> String { Self.words(components[...], joinedBy: separator) }

    private static func words(_ components: ArraySlice<String>, joinedBy separator: String) -> String {
        components.map { component in
            var word = ""
            var previous: Character = "A"
            for character in component {
                if character.isUppercase && previous.isLowercase { word += separator }
                word.append(character)
                previous = character
            }
            return word
        }.joined(separator: separator)
    }
}
