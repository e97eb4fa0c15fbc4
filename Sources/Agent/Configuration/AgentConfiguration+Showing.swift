// SPDX-License-Identifier: Apache-2.0

import Contract
import FoundationEssentials
import Logging
import Shared

extension AgentConfiguration {
    /// One line per key, as the file may have it, and where its value comes from. It shows no secrets: keys and tokens
    /// appear as file names, and a worker's arguments are hidden.
    func lines(_ reader: ConfigurationReader) throws -> [String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return try ConfigurationKey.allCases.compactMap { key in
            guard let value = value(of: key) else { return nil }
            // JSON is YAML.
            let text = String(decoding: try encoder.encode(value), as: UTF8.self)
            return "\(key.rawValue): \(text)  # \(reader.origin(of: key).rawValue)"
        }
    }

    private static let hidden = "<hidden>"

    /// Nil if there is no value.
    private func value(of key: ConfigurationKey) -> JSONValue? {
        switch key {
        case .name: name.map(JSONValue.string)
        case .dataDirectory: .string(dataDirectory)
        case .exec: (settings.exec ?? script).map(JSONValue.string)
        case .args: .list(settings.args.map { _ in Self.hidden })
        case .primary: .bool(runsPrimary)
        case .cwd: settings.cwd.map(JSONValue.string)
        case .execPath: settings.execPath.map(JSONValue.string)
        case .execArgv: .list(settings.execArgv)
        case .envFiles: .list(settings.envFiles)
        case .serialization: .string(settings.serialization.rawValue)
        case .stdio: (settings.stdio?.map(\.json)).map(JSONValue.array)
        case .silent: .bool(settings.silent)
        case .uid: settings.uid?.json
        case .gid: settings.gid?.json
        case .workerEnvironment: .list(workerVariables.map { "\($0)=\(Self.hidden)" })
        case .instanceVariable: instanceVariable.map(JSONValue.string)
        case .restart, .readyTimeout, .minReady, .backoff, .backoffMax, .intensity, .period, .whenGivenUp, .heartbeat,
            .unresponsiveAfter, .unresponsive, .maxMemory, .maxAge, .drainTimeout, .killTimeout:
            policy.value(of: key)
        case .workers: .integer(Int64(workers))
        case .maxWorkers: .integer(Int64(maxWorkers))
        case .schedulingPolicy: .string(settings.schedulingPolicy.rawValue)
        case .stickiness, .stickyHeader, .stickyWait, .skipAfter: steering.value(of: key)
        case .workerListen: .list(settings.listen.map(\.description))
        case .workerReady: .string(settings.ready?.rawValue ?? "automatic")
        case .workerChannel: .bool(settings.channel)
        case .workerDisconnectSignal: (settings.disconnectSignal?.description).map(JSONValue.string)
        case .listenerLinger: .string(GracePeriod(duration: listenerLinger).description)
        case .grace: .string(GracePeriod(duration: grace).description)
        case .logLevel: .string(logLevel.rawValue)
        case .listen: .list(listen.map(\.description))
        case .hostNames: .list(hostNames)
        case .socketPath: socket.path.map(JSONValue.string)
        case .socketGroup: socket.group?.json
        case .socketMode: .string(socket.modeText)
        case .socketReaders: .list(socket.grantees(of: .read))
        case .socketOperators: .list(socket.grantees(of: .operate))
        case .socketAdmins: .list(socket.grantees(of: .admin))
        case .insecureNoAuth: .bool(authentication == .none)
        case .insecurePlaintext: .bool(allowsPlaintext)
        case .tlsCertificate: (tls?.certificate).map(JSONValue.string)
        case .tlsKey: (tls?.key).map(JSONValue.string)
        case .tlsClientCA: (tls?.clientCA).map(JSONValue.string)
        case .tlsReaders: .list(clientRoles.subjects(of: .read))
        case .tlsOperators: .list(clientRoles.subjects(of: .operate))
        case .tlsAdmins: .list(clientRoles.subjects(of: .admin))
        case .connections: .integer(Int64(limits.connections))
        case .connectionsPerAddress: .integer(Int64(limits.connectionsPerAddress))
        case .watchers: .integer(Int64(limits.watchers))
        case .historyMaxAge, .historyMaxEvents, .historyMaxBytes, .historyMaxWorkerAge, .historyMessages:
            retention.value(of: key)
        case .logsCapture, .logsForward, .logsSegmentBytes, .logsMaxBytes, .logsMaxAge: output.value(of: key)
        case .fleetURL, .fleetPasswordFile, .fleetName, .fleetGroups, .fleetEndpoints, .fleetMaxLagBytes, .fleetMaxAge,
            .fleetForgetAfter:
            fleet?.value(of: key)
        }
    }
}

extension JSONValue {
    fileprivate static func list(_ items: [String]) -> JSONValue { .array(items.map(JSONValue.string)) }
}
