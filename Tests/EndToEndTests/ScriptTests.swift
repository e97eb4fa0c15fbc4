// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What `make` calls.
@Suite(.timeLimit(.minutes(2)))
struct ScriptTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    @Test(arguments: [
        "import GRDB", "public import GRDB", "@_exported public import GRDB", "public @_exported import GRDB",
        "@preconcurrency @_exported internal import GRDB", "@_spi(Some) import GRDB", "  import struct GRDB.Database",
        "package\timport class GRDB.DatabaseQueue", "import Shared; import GRDB", "@_exported\npublic import GRDB",
    ])
    func `a forbidden import is found, however it is written`(line: String) async throws {
        try await withTemporaryDirectory { directory in
            let folder = directory.appending(path: "Sources/Agent")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("import GRDBSQLite\n// import GRDB\nimport Shared\n".utf8).write(
                to: folder.appending(path: "A.swift"))
            let script = Self.root.appending(path: "scripts/check-imports").path
            let allowed = try await RunningProgram.run(script, [directory.path])
            #expect(allowed.status == 0)
            try Data("\(line)\n".utf8).write(to: folder.appending(path: "B.swift"))
            let outcome = try await RunningProgram.run(script, [directory.path])
            #expect(outcome.status == 1 && outcome.errors.contains("Sources/Agent/B.swift imports GRDB"))
        }
    }

    /// A copy of the scripts beside programs that are built, in which `swift` must not be called and the user is root.
    private func withInstall(_ body: (URL, [String: String]) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let files = FileManager.default
            let scripts = Self.root.appending(path: "scripts").path
            // By a program of its own, as in `ProgramFile`.
            #expect(try await RunningProgram.run("cp", ["-R", scripts, directory.path + "/scripts"]).status == 0)
            for name in ["Package.swift", "Package.resolved"] {
                try Data().write(to: directory.appending(path: name))
            }
            for name in ["Sources", "migrations", "api", ".build/release", "bin"] {
                try files.createDirectory(at: directory.appending(path: name), withIntermediateDirectories: true)
            }
            for (name, text) in [("id", "echo 0"), ("swift", "touch \(directory.path)/built")] {
                try await ProgramFile.write("#!/bin/sh\n\(text)\n", to: directory.appending(path: "bin/\(name)").path)
            }
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            try await body(
                directory,
                [
                    "PATH": "\(directory.path)/bin:\(path)", "SUDO_USER": "somebody",
                    "DESTDIR": directory.path + "/package",
                ])
        }
    }

    @Test func `root builds nothing for another user, and says what to do`() async throws {
        try await withInstall { directory, environment in
            let outcome = try await RunningProgram.run(
                directory.path + "/scripts/install", ["/usr"], environment: environment)
            #expect(outcome.status == 1 && outcome.errors.contains("Run 'make build' as somebody"))
            #expect(!FileManager.default.fileExists(atPath: directory.path + "/built"))
            #expect(!FileManager.default.fileExists(atPath: directory.path + "/package"))
        }
    }

    @Test func `root installs what another user has built, below DESTDIR`() async throws {
        try await withInstall { directory, environment in
            let files = FileManager.default
            for program in ["cluster-agent", "cluster-cli"] {
                try files.createSymbolicLink(
                    atPath: directory.path + "/.build/release/\(program)",
                    withDestinationPath: RunningProgram.built(program))
            }
            let script = directory.path + "/scripts/install"
            // The link is as old as what it leads to, for find(1) and for install(1).
            let old =
                ["-h", "-d", "2001-01-01", directory.path + "/Package.swift", directory.path + "/Package.resolved"]
                + ["Sources", "migrations", "api"].map { directory.path + "/" + $0 }
            let touched = try await RunningProgram.run("touch", old)
            #expect(touched.status == 0)
            let outcome = try await RunningProgram.run(script, ["/usr"], environment: environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(!files.fileExists(atPath: directory.path + "/built"))
            let installed = try files.subpathsOfDirectory(atPath: directory.path + "/package/usr").filter { path in
                var isDirectory: ObjCBool = false
                let isThere = files.fileExists(
                    atPath: directory.path + "/package/usr/" + path, isDirectory: &isDirectory)
                return isThere && !isDirectory.boolValue
            }
            #expect(
                installed.sorted() == [
                    "bin/cluster-agent", "bin/cluster-cli", "share/bash-completion/completions/cluster-cli",
                    "share/fish/vendor_completions.d/cluster-cli.fish", "share/man/man1/cluster-agent.1",
                    "share/man/man1/cluster-cli.1", "share/zsh/site-functions/_cluster-cli",
                ])
            _ = try await RunningProgram.run("touch", [directory.path + "/Sources/New.swift"])
            let stale = try await RunningProgram.run(script, ["/usr"], environment: environment)
            #expect(stale.status == 1 && stale.errors.contains("is older than"))
        }
    }
}
