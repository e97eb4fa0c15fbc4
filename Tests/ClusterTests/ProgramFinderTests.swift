// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import Cluster

/// `exec` means what `node EXEC` means.
struct ProgramFinderTests {
    private static func make(_ path: String, _ text: String = "", mode: Int = 0o644, in directory: URL) throws {
        let file = directory.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    private static func find(_ exec: String, execPath: String? = nil, in directory: URL) throws -> ProgramFinder.Program
    {
        try make("path/node", "#!/bin/sh\n", mode: 0o755, in: directory)
        try make("path/tool", "#!/bin/sh\n", mode: 0o755, in: directory)
        return try ProgramFinder(directory: directory.path, search: directory.path + "/path")
            .find(exec, execPath: execPath)
    }

    @Test(arguments: [
        ("app.js", "app.js", ""), ("./app.js", "app.js", ""), ("app.mts", "app.mts", ""),
        ("server", "server.js", ""),
        (".", "package.json", "{}"), ("lib", "lib/index.js", ""), ("lib/", "lib/package.json", "{}"),
        ("bin/www", "bin/www", "#!/usr/bin/env node\n"), ("www", "www", "#!/usr/bin/node"),
    ])
    func `a script in the workers' directory is run by node`(exec: String, file: String, text: String) async throws {
        try await withTemporaryDirectory { directory in
            try Self.make(file, text, in: directory)
            let path =
                exec == "." ? directory.path : directory.path + "/" + exec.trimmingPrefix("./").trimmingSuffix("/")
            let interpreter = text.hasPrefix("#!/usr/bin/node") ? "/usr/bin/node" : "node"
            guard interpreter == "node" || access(interpreter, X_OK) == 0 else { return }
            #expect(
                try Self.find(exec, in: directory)
                    == .script(
                        path, interpreter: interpreter, arguments: [],
                        executable: interpreter == "node" ? directory.path + "/path/node" : interpreter))
        }
    }

    @Test func `a script's own flags come before those of the settings`() async throws {
        try await withTemporaryDirectory { directory in
            try Self.make("app", "#!/usr/bin/env -S node --no-warnings\n", mode: 0o755, in: directory)
            #expect(
                try Self.find("app", in: directory)
                    == .script(
                        directory.path + "/app", interpreter: "node", arguments: ["--no-warnings"],
                        executable: directory.path + "/path/node"))
        }
    }

    @Test func `a program of another kind is run by itself, and a bare name is also looked for in PATH`() async throws {
        try await withTemporaryDirectory { directory in
            try Self.make("run.sh", "#!/bin/sh\n", mode: 0o755, in: directory)
            #expect(try Self.find("./run.sh", in: directory) == .executable(directory.path + "/run.sh"))
            #expect(try Self.find("run.sh", in: directory) == .executable(directory.path + "/run.sh"))
            #expect(try Self.find("tool", in: directory) == .executable(directory.path + "/path/tool"))
        }
    }

    @Test func `execPath runs any file, and is never a file of the app's`() async throws {
        try await withTemporaryDirectory { directory in
            try Self.make("app.py", in: directory)
            try Self.make("node", "#!/bin/sh\n", mode: 0o755, in: directory)
            #expect(
                try Self.find("app.py", execPath: "tool", in: directory)
                    == .script(
                        directory.path + "/app.py", interpreter: "tool", arguments: [],
                        executable: directory.path + "/path/tool"))
            #expect(
                try Self.find("app.py", execPath: "node", in: directory)
                    == .script(
                        directory.path + "/app.py", interpreter: "node", arguments: [],
                        executable: directory.path + "/path/node"))
        }
    }

    @Test func `a program that cannot be run is refused with the reason`() async throws {
        try await withTemporaryDirectory { directory in
            try Self.make("notes.txt", in: directory)
            try Self.make("data/file", in: directory)
            let cases: [(exec: String, ErrorReason, String)] = [
                ("missing", .execNotFound, "cannot find missing"), ("./tool", .execNotFound, "cannot find ./tool"),
                ("data", .execNotExecutable, "data is a directory without package.json and index.js"),
                ("./notes.txt", .execNotExecutable, "chmod +x ./notes.txt"),
                ("notes.txt", .execNotExecutable, "chmod +x notes.txt"),
            ]
            for (exec, reason, text) in cases {
                let error = #expect(throws: ClusterError.self) { try Self.find(exec, in: directory) }
                #expect(
                    error?.reason == reason && error?.message.contains(text) == true, "\(exec): \(error?.message ?? "")"
                )
            }
            let error = #expect(throws: ClusterError.self) {
                try ProgramFinder(directory: directory.path + "/notes.txt", search: nil)
            }
            #expect(error?.reason == .cwdNotFound && error?.message.contains("is not a directory") == true)
        }
    }

    @Test func `a missing interpreter is named with what to do`() async throws {
        try await withTemporaryDirectory { directory in
            try Data("'use strict';\n".utf8).write(to: directory.appending(path: "app.js"))
            let finder = try ProgramFinder(directory: directory.path, search: "/no/such")
            let error = #expect(throws: ClusterError.self) { try finder.find("app.js", execPath: nil) }
            #expect(error?.reason == .execNotFound && error?.metadata["exec"] == "node")
            #expect(error?.message == "node is not in PATH; install Node, or set execPath")
            let path = #expect(throws: ClusterError.self) { try finder.find("app.js", execPath: "/no/such/node") }
            #expect(path?.message.hasPrefix("cannot find /no/such/node") == true)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a pipe is not a script, and nobody waits for its writer`() async throws {
        try await withTemporaryDirectory { directory in
            try #require(mkfifo(directory.path + "/app.js", 0o644) == 0)
            #expect(throws: ClusterError.self) { try Self.find("app.js", in: directory) }
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ suffix: Character) -> Substring { last == suffix ? dropLast() : self }
}
