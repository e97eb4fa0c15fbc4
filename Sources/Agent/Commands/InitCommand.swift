// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster
import Glibc
import Shared

/// `cluster-agent init`: a first configuration of the application in this folder.
struct InitCommand: AsyncParsableCommand {
    static let name = "init"
    static let configuration = CommandConfiguration(
        commandName: "cluster-agent init",
        abstract: "Looks at the application in this folder and writes a configuration for it.",
        discussion: """
            EXAMPLES:
              cluster-agent init                 what package.json starts
              cluster-agent init dist/main.js    this program

            It changes no file that is there already.
            """)

    @Argument(help: ArgumentHelp("The workers' program. (default: as package.json says)", valueName: "exec"))
    var exec: String?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file to write. (default: cluster-agent.yaml)", valueName: "file"))
    var out = "cluster-agent.yaml"

    func run() async throws {
        try await CommandOutput.explaining {
            let folder = ProgramFinder.absolute(".")
            // If somebody names the program, nothing depends on package.json.
            let manifest = exec == nil ? try PackageManifest(in: folder) : try? PackageManifest(in: folder)
            let surroundings = FirstConfiguration.Surroundings(
                folder: folder, isFile: { Self.isFile(folder + "/" + $0) }, longestName: Self.longestName,
                node: { NodeVersion.installed })
            let first = try FirstConfiguration(exec, manifest: manifest, in: surroundings)
            try write(first.yaml())
            for doubt in first.doubts { CommandOutput.complain("cluster-agent: check this: \(doubt)") }
            try CommandOutput.write(
                """
                \(out): \(first.exec), \(first.isPrimary ? "its primary half too" : "a worker per core")

                  cluster-agent config check --config \(out)
                  cluster-agent --config \(out)
                  cluster-cli --app \(first.name) status

                At boot, if cluster-agent is installed as a package:

                  sudo install -m 640 -g cluster \(out) /etc/cluster-agent/\(first.name).yaml
                  sudo systemctl enable --now cluster-agent@\(first.name)

                """)
        }
    }

    /// It may become an agent of this user's, or of the system's.
    private static var longestName: Int {
        let own = (try? DataDirectory.standardPath(in: .current)).map { AgentName.longest(in: $0 + "/apps") }
        let system = AgentName.longest(in: AgentName.systemData)
        return own.map { min($0, system) } ?? system
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// - Throws: `StartupError`, also if the file is there already.
    private func write(_ text: String) throws(StartupError) {
        // It may get secrets later.
        let descriptor = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            let problem = SystemProblem()
            guard problem.code == EEXIST else { throw StartupError(.usage, "cannot write \(out)", problem) }
            throw StartupError(.usage, "cannot write \(out): \(problem); move it away, or name another with --out")
        }
        defer { close(descriptor) }
        guard WholeWrite.put(Array(text.utf8), into: descriptor) else {
            let problem = SystemProblem()
            unlink(out)
            throw StartupError(.output, "cannot write \(out)", problem)
        }
    }
}
