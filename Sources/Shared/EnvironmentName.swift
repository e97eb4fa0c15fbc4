// SPDX-License-Identifier: Apache-2.0

/// The environment variables that belong to Cluster: the project's only list of them, with what begins with
/// ``agentPrefix``. An agent keeps them from its workers. All others are the programs' own.
public enum EnvironmentName: String, CaseIterable, Sendable {
    // The agent and its command line client.
    case dataDirectory = "CLUSTER_DATA_DIR"
    // The client.
    case host = "CLUSTER_HOST"
    case tokenFile = "CLUSTER_TOKEN_FILE"
    case caCertificate = "CLUSTER_CACERT"
    case certificate = "CLUSTER_CERT"
    case key = "CLUSTER_KEY"
    /// A variable that a later version of the agent may set for each worker. No worker gets another's.
    case instance = "CLUSTER_INSTANCE"

    /// What the agent's own variables begin with: one for each key of its configuration.
    public static let agentPrefix = "CLUSTER_AGENT_"
}
