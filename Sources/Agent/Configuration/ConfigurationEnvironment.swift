// SPDX-License-Identifier: Apache-2.0

import Configuration
import Shared

/// What the environment configures: `CLUSTER_AGENT_…` counts more than the file. `CLUSTER_DATA_DIR` and
/// `NODE_CLUSTER_SCHED_POLICY` are defaults and count less.
struct ConfigurationEnvironment: Sendable {
    /// Names the file, so the file cannot hold it.
    static let file = ConfigurationKey.variablePrefix + "CONFIG"

    private let variables: [String: String]
    /// The default if no flag, no variable of the agent and no line of the file gives a value.
    let defaults: [ConfigurationKey: ConfigContent]

    /// All variables of the agent.
    static var names: Set<String> { Set(ConfigurationKey.allCases.map(\.variable) + [file]) }

    /// - Throws: `StartupError` (78) if a variable begins like the agent's but is unknown. That is a typing mistake,
    ///   unless Kubernetes or Docker made the variable.
    init(_ environment: [String: String]) throws(StartupError) {
        let known = Self.names
        // Docker calls a linked container by a variable that is also the agent's own.
        let own = environment.filter { name, value in
            known.contains(name) && !ServiceVariable.isLink(name, value: value)
        }
        let stranger = environment.filter { name, value in
            name.hasPrefix(ConfigurationKey.variablePrefix) && !known.contains(name)
                && !ServiceVariable.matches(name, value: value, in: environment)
        }.keys.min()
        if let stranger {
            let question = NearestName.question(stranger, in: known)
            throw StartupError(.configuration, "there is no variable \(stranger)\(question)")
        }
        variables = own.filter { !$0.value.isEmpty }
        var defaults: [ConfigurationKey: ConfigContent] = [:]
        if let path = environment[EnvironmentName.dataDirectory.rawValue], !path.isEmpty {
            defaults[.dataDirectory] = .string(path)
        }
        defaults[.schedulingPolicy] = Self.schedulingPolicy(from: environment).map(ConfigContent.string)
        self.defaults = defaults
    }

    var configurationFile: String? { variables[Self.file] }

    var provider: any ConfigProvider {
        EnvironmentVariablesProvider(environmentVariables: variables).prefixKeys(with: ["cluster", "agent"])
    }

    /// Reads `NODE_CLUSTER_SCHED_POLICY` like Node, which ignores an unknown policy
    /// (`lib/internal/cluster/primary.js`).
    private static func schedulingPolicy(from environment: [String: String]) -> String? {
        environment["NODE_CLUSTER_SCHED_POLICY"].flatMap(SchedulingPolicy.init(rawValue:))?.rawValue
    }
}
