// SPDX-License-Identifier: Apache-2.0

import Configuration
import Shared

/// What the environment configures: `CLUSTER_AGENT_…`, which counts more than the file, and the defaults
/// `CLUSTER_DATA_DIR` and `NODE_CLUSTER_SCHED_POLICY`, which count less.
struct ConfigurationEnvironment: Sendable {
    /// Names the file, so it cannot stand there.
    static let file = ConfigurationKey.variablePrefix + "CONFIG"

    private let variables: [String: String]
    /// What counts if neither a flag nor a variable of the agent's nor the file says anything.
    let defaults: [ConfigurationKey: ConfigContent]

    /// Every variable of the agent's own.
    static var names: Set<String> { Set(ConfigurationKey.allCases.map(\.variable) + [file]) }

    /// - Throws: `StartupError` (78) if a variable begins like the agent's own and is none of them: it is a slip of the
    ///   hand, unless Kubernetes has made it.
    init(_ environment: [String: String]) throws(StartupError) {
        let known = Self.names
        let own = environment.filter { known.contains($0.key) }
        let stranger = environment.filter { name, value in
            name.hasPrefix(ConfigurationKey.variablePrefix) && !known.contains(name)
                && !ServiceVariable.matches(name, value: value)
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

    /// As Node reads `NODE_CLUSTER_SCHED_POLICY`: what is no policy counts for nothing
    /// (`lib/internal/cluster/primary.js`).
    private static func schedulingPolicy(from environment: [String: String]) -> String? {
        environment["NODE_CLUSTER_SCHED_POLICY"].flatMap(SchedulingPolicy.init(rawValue:))?.rawValue
    }
}
