// SPDX-License-Identifier: Apache-2.0

import Shared

/// Everything that the agent is started with, checked.
struct AgentConfiguration: Sendable {
    var dataDirectory: String
    var listen: [ListenAddress]
    var authentication: Authentication
    /// Forked at start.
    var workers: Int
    /// The settings to begin with.
    var settings: ClusterSettings
    /// What every worker's environment begins with.
    var workerEnvironment: [String: String]
    /// Between asking the workers to disconnect and killing them.
    var grace: Duration

    /// Who may call over TCP. The unix socket asks the kernel who it is.
    enum Authentication: Sendable {
        case token
        /// Everybody; on loopback only.
        case none
    }

    /// The agent's environment without what configures the agent or its CLI: a token's place is nothing for workers.
    static func workerEnvironment(from environment: [String: String]) -> [String: String] {
        environment.filter { !$0.key.hasPrefix("CLUSTER_") }
    }

    /// As Node reads `NODE_CLUSTER_SCHED_POLICY`: what is neither `rr` nor `none` counts for nothing
    /// (`lib/internal/cluster/primary.js`).
    static func schedulingPolicy(from environment: [String: String]) -> SchedulingPolicy? {
        environment["NODE_CLUSTER_SCHED_POLICY"].flatMap(SchedulingPolicy.init(rawValue:))
    }
}
