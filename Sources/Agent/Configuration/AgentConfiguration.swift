// SPDX-License-Identifier: Apache-2.0

import History
import Logging
import Shared

/// Everything that the agent is started with, checked.
struct AgentConfiguration: Sendable {
    var dataDirectory: String
    var listen: [ListenAddress]
    /// Other names by which clients may call the agent, such as a proxy's.
    var hostNames: [String]
    var authentication: Authentication
    /// Nil: TCP is not encrypted.
    var tls: TLSFiles?
    /// What client certificates are worth.
    var clientRoles: ClientRoles
    /// TCP that is not encrypted may be reached from other machines.
    var allowsPlaintext: Bool
    /// How many are wanted at start.
    var workers: Int
    /// More than these are refused.
    var maxWorkers: Int
    /// The settings to begin with.
    var settings: ClusterSettings
    /// How workers are kept running.
    var policy: SupervisionPolicy
    /// A second variable by which workers see their instance. Nil if there is none.
    var instanceVariable: String?
    /// What every worker's environment begins with.
    var workerEnvironment: [String: String]
    /// The names of what the configuration has set there.
    var workerVariables: [String]
    /// How long a socket that workers have asked for is kept without them.
    var listenerLinger: Duration
    /// How long workers may take to end at shutdown, from being told to; then they are killed.
    var grace: Duration
    /// What of the history is kept.
    var retention: HistoryRetention
    var limits: ConnectionLimits
    var logLevel: Logger.Level

    /// Who may call over TCP. The unix socket asks the kernel who it is.
    enum Authentication: Sendable {
        case token
        /// Everybody; on loopback only.
        case none
    }

    /// The agent's environment without what belongs to the agent, to the CLI or to another's workers: a token's place is
    /// nothing for workers. A program's own `CLUSTER_NAME` stays.
    static func workerEnvironment(from environment: [String: String]) -> [String: String] {
        let own = ConfigurationEnvironment.names.union(EnvironmentName.allCases.map(\.rawValue))
        return environment.filter { !own.contains($0.key) }
    }
}
