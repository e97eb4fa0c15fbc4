// SPDX-License-Identifier: Apache-2.0

import History
import Logging
import Shared

/// Everything that the agent is started with, checked.
struct AgentConfiguration: Sendable {
    /// Tells the agents of one user apart. Nil for the only one.
    var name: String?
    var dataDirectory: String
    var listen: [ListenAddress]
    /// Other names by which clients may call the agent, such as a proxy's.
    var hostNames: [String]
    /// Where the unix socket is, and who may use it.
    var socket: SocketAccess
    var authentication: Authentication
    /// Nil if TCP is not encrypted.
    var tls: TLSFiles?
    /// The roles of client certificates.
    var clientRoles: ClientRoles
    /// Whether unencrypted TCP may be reachable from other machines.
    var allowsPlaintext: Bool
    /// How many workers to start.
    var workers: Int
    /// The most workers; more are refused.
    var maxWorkers: Int
    /// Whether EXEC's primary half runs too.
    var runsPrimary: Bool
    /// EXEC as it was given. Nil without EXEC.
    var script: String?
    /// The first settings.
    var settings: ClusterSettings
    /// How connections are spread over workers.
    var steering: SteeringPolicy
    /// How workers are kept running.
    var policy: SupervisionPolicy
    /// A second variable that tells workers their instance, if one is configured.
    var instanceVariable: String?
    /// The base of each worker's environment.
    var workerEnvironment: [String: String]
    /// The names of the variables that the configuration has set there.
    var workerVariables: [String]
    /// How long a socket is kept after its last worker has gone.
    var listenerLinger: Duration
    /// How long workers may take to end at shutdown. Then they are killed.
    var grace: Duration
    /// What the history keeps.
    var retention: HistoryRetention
    /// Nil if it belongs to no fleet.
    var fleet: FleetOptions?
    /// What is done with what workers print.
    var output: WorkerOutput.Options
    var limits: ConnectionLimits
    var logLevel: Logger.Level

    /// Who may call over TCP. On the unix socket the kernel names the caller.
    enum Authentication: Sendable {
        case token
        /// Everybody, on loopback only.
        case none
    }

    /// The agent's environment without the variables of the agent, of the CLI, and of another agent's workers. A token
    /// must not get into workers. A program's own `CLUSTER_NAME` stays.
    static func workerEnvironment(from environment: [String: String]) -> [String: String] {
        let own = ConfigurationEnvironment.names.union(EnvironmentName.allCases.map(\.rawValue))
        return environment.filter { !own.contains($0.key) }
    }
}
