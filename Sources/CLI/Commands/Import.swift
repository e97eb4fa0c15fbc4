// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import Shared

/// `cluster-cli import`
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Makes configurations from another program's.", subcommands: [ImportPM2.self])
}

/// `cluster-cli import pm2 FILE`
struct ImportPM2: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pm2", abstract: "Makes a configuration of each app of a PM2 ecosystem file.",
        discussion: """
            EXAMPLES:
              cluster-cli import pm2 ecosystem.config.js
              cluster-cli import pm2 ecosystem.config.js --out /etc/cluster-agent

            It runs the file with node, writes NAME.yaml for each app, and shows what became of each key. A file that is
            there already is not replaced, and if one app cannot be written, none is.
            """)

    @Argument(help: "The ecosystem file.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("Where the configurations go. (default: here)", valueName: "dir"), completion: .directory)
    var out = "."

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard !out.isEmpty else { throw ValidationError("--out is empty; name a folder") }
    }

    func run() throws {
        let apps: [PM2App]
        do throws(EcosystemProblem) {
            apps = try self.apps()
        } catch {
            throw ValidationError("\(file): \(error.words)")
        }
        do {
            try NewFiles.write(apps.map { (path: path(of: $0), text: $0.yaml) })
        } catch let taken as NewFiles.Taken {
            throw ValidationError("\(taken.path) is there already; move it away, or name another folder with --out")
        }
        let report = PM2Report(apps: apps.map { ($0, path(of: $0)) })
        try StandardStreams.write(report.render(global.output))
    }

    private func path(of app: PM2App) -> String { "\(out)/\(app.name).yaml" }

    private func apps() throws(EcosystemProblem) -> [PM2App] {
        try NodeEvaluation.check(file)
        guard let path = realpath(file, nil) else { throw EcosystemProblem(words: SmallFile.Failure(errno).reason) }
        defer { free(path) }
        let absolute = String(cString: path)
        let folder = String(absolute[..<(absolute.lastIndex(of: "/") ?? absolute.endIndex)])
        let surroundings = PM2App.Surroundings(
            folder: folder.isEmpty ? "/" : folder, home: Directories.nonEmpty("HOME"),
            longestName: Directories.ownApps.map { AgentName.longest(in: $0) } ?? PM2App.longestSystemName)
        return try PM2App.all(in: NodeEvaluation.apps(in: absolute), surroundings)
    }
}
