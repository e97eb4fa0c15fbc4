// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Shared

extension ScriptStart {
    /// Writes the preload into the data directory, and says how the script of this configuration is started.
    ///
    /// - Throws: `StartupError` if there is no Node, or the preload cannot be written.
    init?(_ configuration: AgentConfiguration, in directory: DataDirectory) throws(StartupError) {
        guard configuration.runsPrimary, let exec = configuration.script else { return nil }
        let (node, program) = try Self.interpreter(configuration)
        try PrivateFile(path: directory.preload).write(PackageResources.primary_js)
        self.init(
            program: program,
            arguments: [node] + configuration.settings.execArgv + ["--require", directory.preload, exec]
                + configuration.settings.args,
            environment: configuration.workerEnvironment, directory: configuration.settings.cwd,
            socket: directory.scriptSocket,
            origin: CommandOrigin(requestID: "primary-script", principal: .primaryScript).carried)
    }

    /// What runs the primary script: as it is named, and its file.
    /// - Throws: `StartupError` if there is no such program.
    static func interpreter(_ configuration: AgentConfiguration) throws(StartupError) -> (name: String, path: String) {
        let node = configuration.settings.execPath ?? "node"
        guard let program = find(node, in: configuration.workerEnvironment["PATH"]) else {
            throw StartupError(.configuration, "cannot find \(node), which runs the primary script, in PATH")
        }
        return (node, program)
    }

    private static func find(_ name: String, in search: String?) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? ProgramFinder.absolute(name) : nil }
        return (search ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }
}
