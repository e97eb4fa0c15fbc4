// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Which data directory a command is about.
struct DataDirectoryOption: ParsableArguments {
    @Option(help: ArgumentHelp("The name of an agent that has one.", valueName: "name"))
    var app: String?

    @Option(help: ArgumentHelp("The agent's data directory. (default: as the agent's)", valueName: "dir"))
    var dataDir: String?

    func validate() throws {
        if app != nil && dataDir != nil { throw ValidationError("--app and --data-dir do not go together") }
    }

    /// Where the unit `cluster-agent@NAME` has its data.
    private static let systemFolder = "/var/lib/cluster-agent"

    /// The user's own app counts more than the system's.
    /// - Throws: `StartupError`.
    var path: String {
        get throws(StartupError) {
            let path = try DataDirectory.configuredPath(dataDir, name: app)
            guard let app, !DataDirectory.isDirectory(path) else { return path }
            let system = "\(Self.systemFolder)/\(app)"
            return DataDirectory.isDirectory(system) ? system : path
        }
    }

    /// For commands that make what is missing.
    /// - Throws: `StartupError`.
    func creating() throws(StartupError) -> DataDirectory { try DataDirectory(creating: path) }

    /// For commands that would find nothing in a new directory. They must not hide a mistyped path.
    /// - Throws: `StartupError`.
    func existing() throws(StartupError) -> DataDirectory { try DataDirectory(existing: path) }
}
