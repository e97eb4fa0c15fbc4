// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
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
    func hasAPlace(environment: [String: String], path: String) throws {
        #expect(try DataDirectory.standardPath(in: environment) == path)
    }

    @Test func hasNoPlaceWithoutAHome() {
        #expect(throws: StartupError.self) { try DataDirectory.standardPath(in: [:]) }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func isMadeForThisUserAlone() async throws {
        try await withTemporaryDirectory { root in
            let directory = try DataDirectory(creating: root.path + "/a/b/")
            #expect(directory.path == root.path + "/a/b")
            #expect(try mode(directory.path) == 0o700)
        }
    }

    @Test func isNoFile() async throws {
        try await withTemporaryDirectory { root in
            let file = root.path + "/file"
            try Data().write(to: URL(filePath: file))
            for path in [file, file + "/below"] {
                let error = #expect(throws: StartupError.self) { try DataDirectory(creating: path) }
                #expect(error?.code == .unavailable && error?.description.contains(file) == true)
            }
        }
    }

    @Test func leavesRoomForASocketsName() async throws {
        try await withTemporaryDirectory { root in
            let long = root.path + "/" + String(repeating: "x", count: 100)
            let error = #expect(throws: StartupError.self) { try DataDirectory(creating: long) }
            #expect(error?.code == .unavailable && error?.description.contains("too long") == true)
        }
    }

    @Test func belongsToOneAgent() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/lock"
            let lock = try DirectoryLock(path: path)
            let error = #expect(throws: StartupError.self) { try DirectoryLock(path: path) }
            #expect(error?.code == .unavailable && error?.description.contains("pid \(getpid())") == true)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func isFreeAgainWhenTheAgentIsGone() async throws {
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
    @Test func theLockNeedsNoRoomOnTheDisk() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/lock"
            let lock = try DirectoryLock(path: path)
            #expect(truncate(path, 0) == 0)
            let error = #expect(throws: StartupError.self) { try DirectoryLock(path: path) }
            #expect(error?.code == .unavailable && error?.description.contains("pid unknown") == true)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func leavesTheLockOfAnotherAgentAlone() async throws {
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

    @Test func removesOnlyTheSocketThatItHasMade() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/agent.sock"
            let draft = root.path + "/new.sock"
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

    @Test func anEmptyPathIsNotTheWorkingDirectory() {
        let error = #expect(throws: StartupError.self) { try DataDirectory(creating: "") }
        #expect(error?.code == .usage)
    }

    @Test(arguments: [("ff", 8), ("1", 1), ("00000000,0000000f", 4), ("ffffffff,ffffffff", 64)])
    func countsTheCoresOfAMask(mask: String, cores: Int) {
        let status = "Name:\tagent\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0-1\n"
        #expect(AvailableCores.allowed(in: status) == cores)
    }

    @Test func findsNoMaskWhereThereIsNone() {
        #expect(AvailableCores.allowed(in: "Name:\tagent\n") == nil)
        #expect(AvailableCores.allowed(in: "Cpus_allowed:\t0\n") == nil)
        #expect(AvailableCores.count >= 1)
    }
}
