// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Shared
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// The data directory, its lock and its token.
@Suite struct DataDirectoryTests {
    @Test(arguments: [
        (["CLUSTER_DATA_DIR": "/d", "XDG_STATE_HOME": "/x", "HOME": "/h"], "/d"),
        (["XDG_STATE_HOME": "/x", "HOME": "/h"], "/x/cluster-agent"),
        (["HOME": "/h"], "/h/.local/state/cluster-agent"),
        (["CLUSTER_DATA_DIR": "", "XDG_STATE_HOME": "relative", "HOME": "/h"], "/h/.local/state/cluster-agent"),
    ])
    func `the environment names the data directory`(environment: [String: String], path: String) throws {
        #expect(try DataDirectory.standardPath(in: environment) == path)
    }

    @Test func `there is no data directory without a home`() {
        for (environment, problem) in [
            ([:], "HOME is not set"), (["HOME": ""], "HOME is not set"),
            (["HOME": "home/x"], "HOME is not an absolute path (home/x)"),
        ] {
            let error = #expect(throws: StartupError.self) { try DataDirectory.standardPath(in: environment) }
            #expect(error?.code == .usage && error?.description.contains("\(problem); give --data-dir") == true)
        }
    }

    /// What is logged of a directory and its tokens in which others than their owner have these rights.
    private func warnings(directory: Int, tokens: Int) async throws -> [String] {
        let lines = Mutex<[String]>([])
        try await withTemporaryDirectory { root in
            let data = try DataDirectory(creating: root.path + "/data")
            try data.adminToken.ensure()
            try data.tokens.update { _ in }
            let modes = [(data.path, directory), (data.tokens.file.path, tokens)]
            for (path, mode) in modes {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            }
            data.warnOfOthers(
                logger: Logger(label: "test") { label in
                    LineLogHandler(label: label, format: .text) { bytes in
                        lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
                    }
                })
        }
        return lines.withLock { $0 }
    }

    @Test func `a directory that others may change causes a warning`() async throws {
        #expect(try await warnings(directory: 0o755, tokens: 0o600).isEmpty)
        for mode in [0o770, 0o702] {
            let lines = try await warnings(directory: mode, tokens: 0o600)
            #expect(lines.count == 1 && lines[0].contains("others can change the data directory: run chmod go-w"))
        }
        for mode in [0o640, 0o602] {
            let lines = try await warnings(directory: 0o700, tokens: mode)
            #expect(lines.count == 1 && lines[0].contains("chmod 600") && lines[0].contains("tokens.json"))
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `the directory is made for this user alone`() async throws {
        try await withTemporaryDirectory { root in
            let directory = try DataDirectory(creating: root.path + "/a/b/")
            #expect(directory.path == root.path + "/a/b")
            #expect(try mode(directory.path) == 0o700)
        }
    }

    @Test func `a file is not a data directory`() async throws {
        try await withTemporaryDirectory { root in
            let file = root.path + "/file"
            try Data().write(to: URL(filePath: file))
            for path in [file, file + "/below"] {
                let error = #expect(throws: StartupError.self) { try DataDirectory(creating: path) }
                #expect(error?.code == .unavailable && error?.description.contains(file) == true)
            }
        }
    }

    @Test func `a path must leave room for a socket's name`() async throws {
        try await withTemporaryDirectory { root in
            let long = root.path + "/" + String(repeating: "x", count: 100)
            let error = #expect(throws: StartupError.self) { try DataDirectory(creating: long) }
            #expect(error?.code == .unavailable && error?.description.contains("too long") == true)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `what root makes in a user's data directory belongs to the user`() async throws {
        try await withTemporaryDirectory { home in
            try #require(chown(home.path, 65_534, 65_534) == 0)
            let directory = try DataDirectory(creating: home.path + "/.local/state/cluster-agent")
            let lock = try DirectoryLock(path: directory.lock)
            try directory.state.write(StoredState())
            let note = UnstoredNote(path: directory.unstored)
            #expect(note.open() == nil)
            note.set(UnstoredNote.Content(lost: 1, since: nil, reason: "the disk is full"))
            note.flush(within: 60)
            let made = [
                home.path + "/.local", home.path + "/.local/state", directory.path, directory.lock,
                directory.state.file.path, directory.unstored,
            ]
            for path in made {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.ownerAccountID] as? Int == 65_534, "\(path)")
                #expect(attributes[.groupOwnerAccountID] as? Int == 65_534, "\(path)")
            }
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a directory belongs to one agent`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/lock"
            let lock = try DirectoryLock(path: path)
            let error = #expect(throws: StartupError.self) { try DirectoryLock(path: path) }
            #expect(error?.code == .unavailable && error?.description.contains("pid \(getpid())") == true)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `a directory is free again when its agent is gone`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/lock"
            do {
                let lock = try DirectoryLock(path: path)
                withExtendedLifetime(lock) {}
            }
            #expect(!FileManager.default.fileExists(atPath: path))
            // As after a crash: the file is there, and nobody holds it.
            try Data("99999\n".utf8).write(to: URL(filePath: path))
            let lock = try DirectoryLock(path: path)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(getpid())\n")
            withExtendedLifetime(lock) {}
        }
    }

    /// The text in the file is for people: the lock is the kernel's, whatever stands there.
    @Test func `the lock needs no room on the disk`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/lock"
            let lock = try DirectoryLock(path: path)
            #expect(truncate(path, 0) == 0)
            let error = #expect(throws: StartupError.self) { try DirectoryLock(path: path) }
            #expect(error?.code == .unavailable && error?.description.contains("pid unknown") == true)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func `another agent's lock is left alone`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/lock"
            let lock = try DirectoryLock(path: path)
            try FileManager.default.removeItem(atPath: path)
            let other = try DirectoryLock(path: path)
            lock.removeFile()
            withExtendedLifetime(lock) {}
            #expect(throws: StartupError.self) { try DirectoryLock(path: path) }
            withExtendedLifetime(other) {}
        }
    }

    @Test func `an agent removes only its own socket`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/agent.sock"
            let draft = SocketFile.draft(of: path)
            let file = SocketFile(path: path)
            #expect(FileManager.default.createFile(atPath: path, contents: Data()))
            file.remove()
            #expect(FileManager.default.fileExists(atPath: path), "it was not this agent's yet")
            #expect(FileManager.default.createFile(atPath: draft, contents: Data()))
            try file.didBind()
            file.remove()
            #expect(!FileManager.default.fileExists(atPath: draft) && !FileManager.default.fileExists(atPath: path))

            #expect(FileManager.default.createFile(atPath: draft, contents: Data()))
            try file.didBind()
            try FileManager.default.removeItem(atPath: path)
            #expect(FileManager.default.createFile(atPath: path, contents: Data("theirs".utf8)))
            file.remove()
            #expect(FileManager.default.contents(atPath: path) == Data("theirs".utf8))
        }
    }

    @Test func `an agent binds nothing in a directory that may be another's`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/agent.sock"
            let draft = SocketFile.draft(of: path)
            let lock = try DirectoryLock(path: root.path + "/lock")
            let file = SocketFile(path: path) { lock.isInPlace }
            #expect(FileManager.default.createFile(atPath: draft, contents: Data()))
            try file.didBind()
            #expect(file.isInPlace)
            try FileManager.default.removeItem(atPath: root.path + "/lock")
            try FileManager.default.removeItem(atPath: path)
            #expect(throws: StartupError.self) { try file.checkPlace() }
            #expect(FileManager.default.createFile(atPath: draft, contents: Data("theirs".utf8)))
            #expect(throws: StartupError.self) { try file.didBind() }
            #expect(FileManager.default.contents(atPath: draft) == Data("theirs".utf8))
            #expect(!file.isInPlace, "it does not take its place for granted")
            file.remove()
            #expect(FileManager.default.fileExists(atPath: draft))
        }
    }

    @Test func `a draft is no longer than the socket's own name`() {
        for path in ["/run/agent.sock", "agent.sock"] {
            #expect(SocketFile.draft(of: path).utf8.count <= path.utf8.count && SocketFile.draft(of: path) != path)
        }
        #expect(SocketFile.draft(of: "/run/agent.sock").hasPrefix("/run/."))
    }

    @Test func `a file in the socket's place is named`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/agent.sock"
            #expect(FileManager.default.createFile(atPath: path, contents: Data()))
            let error = #expect(throws: StartupError.self) { try SocketFile.checkPlace(root.path + "/agent.sock") }
            #expect(error?.code == .unavailable && error?.description.hasPrefix("\(path) is not a socket") == true)
        }
    }

    @Test func `an empty path is not the working directory`() {
        let error = #expect(throws: StartupError.self) { try DataDirectory(creating: "") }
        #expect(error?.code == .usage)
    }

    @Test(arguments: [("ff", 8), ("1", 1), ("00000000,0000000f", 4), ("ffffffff,ffffffff", 64)])
    func `the cores of a mask are counted`(mask: String, cores: Int) {
        let status = "Name:\tagent\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0-1\n"
        #expect(AvailableCores.allowed(in: status) == cores)
    }

    @Test func `a missing mask is nil`() {
        #expect(AvailableCores.allowed(in: "Name:\tagent\n") == nil)
        #expect(AvailableCores.allowed(in: "Cpus_allowed:\t0\n") == nil)
        #expect(AvailableCores.count >= 1)
    }
}
