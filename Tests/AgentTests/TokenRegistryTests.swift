// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Glibc
import Shared
import Synchronization
import TestSupport
import Testing

@testable import Agent

/// Which tokens count, from request to request.
@Suite struct TokenRegistryTests {
    private struct Tokens {
        let admin: AdminToken
        let others: TokenFile
        let registry: TokenRegistry

        init(_ root: URL, now: Timestamp = .now) {
            admin = AdminToken(file: PrivateFile(path: root.path + "/token"))
            others = TokenFile(file: PrivateFile(path: root.path + "/tokens.json"))
            registry = TokenRegistry(admin: admin, others: others, now: { now }, logger: .silent)
        }

        func add(_ name: String, _ role: Role, expiresAt: Timestamp? = nil) throws -> String {
            let (token, secret) = StoredToken.make(name: name, role: role, createdAt: .now, expiresAt: expiresAt)
            try others.update { $0.append(token) }
            return secret
        }
    }

    @Test func `a token counts until it is revoked`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = Tokens(root)
            let (first, second) = (try tokens.add("ci", .operate), try tokens.add("eye", .read))
            #expect(tokens.registry.principal(for: first) == .token("ci", role: .operate))
            #expect(tokens.registry.principal(for: second) == .token("eye", role: .read))
            try tokens.others.update { $0.removeAll { $0.name == "ci" } }
            #expect(tokens.registry.principal(for: first) == nil)
            #expect(tokens.registry.principal(for: second) != nil)
        }
    }

    @Test func `a link to the tokens stays a link`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = Tokens(root)
            let first = try tokens.add("ci", .operate)
            let (path, real) = (root.path + "/tokens.json", root.path + "/elsewhere.json")
            try FileManager.default.moveItem(atPath: path, toPath: real)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "elsewhere.json")
            let second = try tokens.add("eye", .read)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "elsewhere.json")
            #expect(try TokenFile(file: PrivateFile(path: real)).load().map(\.name) == ["ci", "eye"])
            #expect(tokens.registry.principal(for: first) != nil && tokens.registry.principal(for: second) != nil)
        }
    }

    @Test func `a link that leads nowhere is left alone`() async throws {
        try await withTemporaryDirectory { root in
            let path = root.path + "/tokens.json"
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "nowhere")
            let error = #expect(throws: StartupError.self) { _ = try Tokens(root).add("ci", .operate) }
            #expect(error?.description.contains("is a link to a file that is not there") == true)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "nowhere")
        }
    }

    @Test func `a token counts until it expires`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = Tokens(root, now: Timestamp(milliseconds: 1000))
            let early = try tokens.add("early", .read, expiresAt: Timestamp(milliseconds: 1000))
            let late = try tokens.add("late", .read, expiresAt: Timestamp(milliseconds: 1001))
            #expect(tokens.registry.principal(for: early) == nil)
            #expect(tokens.registry.principal(for: late) != nil)
        }
    }

    @Test(.enabled(if: geteuid() == 0)) func `a token that root made belongs to the directory's owner`() async throws {
        try await withTemporaryDirectory { root in
            #expect(chown(root.path, 65534, 65534) == 0)
            let tokens = Tokens(root)
            let secret = try tokens.add("ci", .operate)
            try tokens.admin.ensure()
            for path in [tokens.others.file.path, tokens.admin.file.path] {
                var status = stat()
                #expect(stat(path, &status) == 0)
                #expect(status.st_uid == 65534 && status.st_gid == 65534 && status.st_mode & 0o777 == 0o600)
            }
            #expect(tokens.registry.principal(for: secret) != nil)
            // Nothing is left that would keep the owner from making the next.
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: root.path).sorted() == ["token", "tokens.json"])
        }
    }

    /// As `flock DIR sleep 99` does, which anyone can start who may read the directory.
    @Test func `a change of the tokens does not wait for ever for a lock`() async throws {
        try await withTemporaryDirectory { root in
            let descriptor = open(root.path, O_RDONLY | O_DIRECTORY)
            defer { close(descriptor) }
            try #require(flock(descriptor, LOCK_EX) == 0)
            var tokens = Tokens(root).others
            tokens.patience = .milliseconds(50)
            let error = #expect(throws: StartupError.self) { try tokens.update { $0.removeAll() } }
            #expect(error?.code == .unavailable && error?.description.contains("keeps \(root.path)/ locked") == true)
            try #require(flock(descriptor, LOCK_UN) == 0)
            try tokens.update { $0.removeAll() }
        }
    }

    @Test func `a new owner or mode is another version of the file`() async throws {
        try await withTemporaryDirectory { root in
            let file = PrivateFile(path: root.path + "/token")
            try file.write("x".utf8)
            let before = try #require(file.stamp)
            #expect(chmod(file.path, 0o640) == 0)
            #expect(file.stamp != before)
        }
    }

    @Test func `something that is not a regular file is not read and not waited for`() async throws {
        try await withTemporaryDirectory { root in
            #expect(mkfifo(root.path + "/token", 0o600) == 0)
            #expect(throws: StartupError.self) { try PrivateFile(path: root.path + "/token").read() }
            #expect(throws: StartupError.self) { try PrivateFile(path: root.path).read() }
            #expect(symlink("/dev/zero", root.path + "/zero") == 0)
            #expect(throws: StartupError.self) { try PrivateFile(path: root.path + "/zero").read() }
            try Data(repeating: 0x20, count: PrivateFile.maxBytes + 1).write(to: root.appending(path: "large"))
            #expect(throws: StartupError.self) { try PrivateFile(path: root.path + "/large").read() }
        }
    }

    @Test(arguments: [Data([0xff, 0xfe, 0x41]), Data("ümlaut".utf8), Data(" leading".utf8), Data()])
    func `an admin token that no client could send does not count`(content: Data) async throws {
        try await withTemporaryDirectory { root in
            try content.write(to: root.appending(path: "token"))
            #expect(try Tokens(root).admin.load() == nil)
        }
    }

    @Test func `the admin's token ends with its file`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = Tokens(root)
            try Data("mine".utf8).write(to: URL(filePath: tokens.admin.file.path))
            #expect(tokens.registry.principal(for: "mine") == .token("admin", role: .admin))
            try FileManager.default.removeItem(atPath: tokens.admin.file.path)
            #expect(tokens.registry.principal(for: "mine") == nil)
        }
    }

    @Test func `no token of a damaged file counts`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = Tokens(root)
            let secret = try tokens.add("ci", .operate)
            #expect(tokens.registry.principal(for: secret) != nil)
            try Data("{".utf8).write(to: URL(filePath: tokens.others.file.path))
            #expect(tokens.registry.principal(for: secret) == nil)
        }
    }

    @Test func `the file holds no secret`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = Tokens(root)
            let secret = try tokens.add("ci", .operate)
            let text = try String(contentsOfFile: tokens.others.file.path, encoding: .utf8)
            #expect(!text.contains(secret) && !text.contains(secret.dropFirst(5)) && text.contains("sha256:"))
            let attributes = try FileManager.default.attributesOfItem(atPath: tokens.others.file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `no change is lost among many`() async throws {
        try await withTemporaryDirectory { root in
            let file = Tokens(root).others
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let token = StoredToken.make(name: "t\(number)", role: .read, createdAt: .now, expiresAt: nil)
                        try file.update { $0.append(token.0) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(Set(try file.load().map(\.name)).count == 20)
        }
    }

    @Test func `a file that could not be read is read again`() async throws {
        try await withTemporaryDirectory { root in
            let tokens = Tokens(root)
            let secret = try tokens.add("ci", .operate)
            let failures = Mutex(2)
            let registry = TokenRegistry(file: tokens.others.file, logger: .silent) { () throws(StartupError) in
                let fails = failures.withLock { left in
                    left -= 1
                    return left >= 0
                }
                // As when no descriptor is left.
                if fails { throw StartupError(.configuration, "too many open files") }
                return try tokens.others.load()
            }
            #expect(registry.principal(for: secret) == nil)
            #expect(registry.principal(for: secret) == nil)
            #expect(registry.principal(for: secret) == .token("ci", role: .operate))
        }
    }
}

extension TokenRegistry {
    fileprivate func principal(for secret: String) -> Principal? {
        principal(for: TokenHash(of: secret))
    }
}
