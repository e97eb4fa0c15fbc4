// SPDX-License-Identifier: Apache-2.0

import Configuration
import Shared

/// What the environment configures: `CLUSTER_AGENT_…`, and two variables that were there before it.
struct ConfigurationEnvironment: Sendable {
    /// Names the file, so it cannot stand there.
    static let file = ConfigurationKey.variablePrefix + "CONFIG"

    private let variables: [String: String]

    /// - Throws: `StartupError` (78) where a variable of the agent's is none that it knows.
    init(_ environment: [String: String]) throws(StartupError) {
        let known = ConfigurationKey.allCases.map(\.variable) + [Self.file]
        let own = environment.filter { $0.key.hasPrefix(ConfigurationKey.variablePrefix) }
        if let stranger = own.keys.sorted().first(where: { !known.contains($0) }) {
            let hint = NearestName.find(stranger, in: known).map { "; did you mean \($0)?" } ?? ""
            throw StartupError(.configuration, "there is no variable \(stranger)\(hint)")
        }
        var variables = own.filter { !$0.value.isEmpty }
        Self.adopt(environment["CLUSTER_DATA_DIR"], as: .dataDirectory, in: &variables)
        Self.adopt(Self.schedulingPolicy(from: environment), as: .schedulingPolicy, in: &variables)
        self.variables = variables
    }

    var configurationFile: String? { variables[Self.file] }

    var provider: any ConfigProvider {
        EnvironmentVariablesProvider(environmentVariables: variables).prefixKeys(with: ["cluster", "agent"])
    }

    private static func adopt(_ value: String?, as key: ConfigurationKey, in variables: inout [String: String]) {
        guard let value, !value.isEmpty, variables[key.variable] == nil else { return }
        variables[key.variable] = value
    }

    /// As Node reads `NODE_CLUSTER_SCHED_POLICY`: what is no policy counts for nothing
    /// (`lib/internal/cluster/primary.js`).
    private static func schedulingPolicy(from environment: [String: String]) -> String? {
        environment["NODE_CLUSTER_SCHED_POLICY"].flatMap(SchedulingPolicy.init(rawValue:))?.rawValue
    }
}
