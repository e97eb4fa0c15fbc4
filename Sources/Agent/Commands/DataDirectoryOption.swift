// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Glibc
import Shared

/// Which data directory a command is about.
struct DataDirectoryOption: ParsableArguments {
    @Option(help: ArgumentHelp("The name of an agent that has one.", valueName: "name"))
    var app: String?

    @Option(help: ArgumentHelp("The agent's data directory. (default: as the agent's)", valueName: "dir"))
    var dataDir: String?

    func validate() throws {
        if app != nil && dataDir != nil { throw ValidationError("--app and --data-dir do not go together") }
        guard app.map(GivenName.isValid) ?? true else { throw ValidationError("--app: it must be \(GivenName.form)") }
    }

    /// The user's own app counts more than the system's.
    /// - Throws: `StartupError`, also if an agent is named and has no directory: the name is probably mistyped.
    var path: String {
        get throws(StartupError) { try path(in: .current, system: AgentName.systemData) }
    }

    /// - Parameter system: the folder of the system's apps.
    func path(in environment: [String: String], system: String) throws(StartupError) -> String {
        if let dataDir { return dataDir }
        let named = app.flatMap { $0 == AgentName.unnamed ? nil : $0 }
        let flags: [ConfigurationKey: [String]] = named.map { [.name: [$0]] } ?? [:]
        let reader = try ConfigurationReader(flags: flags, environment: environment, file: nil)
        let path = try DataDirectory.path(reader, in: environment)
        guard !reader.isGiven(.dataDirectory), let name = try reader.name else { return path }
        let places = [path, "\(system)/\(name)"]
        if let place = places.first(where: DataDirectory.isDirectory) { return place }
        if let hidden = places.first(where: { access($0, F_OK) != 0 && errno == EACCES }) {
            throw StartupError(.unavailable, "cannot look for \(hidden)", SystemProblem(EACCES))
        }
        let known = [String(path.dropLast(name.utf8.count + 1)), system].flatMap { folder in
            (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        }
        throw StartupError(
            .usage,
            "no agent called \(name) has run on this machine: there is neither \(places[0]) nor \(places[1])"
                + NearestName.question(name, in: known))
    }

    /// For commands that make what is missing.
    /// - Throws: `StartupError`.
    func creating() throws(StartupError) -> DataDirectory {
        let path = try path
        let isThere = path.isEmpty || DataDirectory.isDirectory(path)
        let directory = try DataDirectory(creating: path)
        if !isThere { CommandOutput.complain("there was no data directory \(directory.path), so it was made") }
        return directory
    }

    /// For commands that would find nothing in a new directory. They must not hide a mistyped path.
    /// - Throws: `StartupError`.
    func existing() throws(StartupError) -> DataDirectory { try DataDirectory(existing: path) }
}
