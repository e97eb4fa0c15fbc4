// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@testable import Agent

/// Who may use the unix socket, and how its file is made.
@Suite(.timeLimit(.minutes(1)))
struct SocketAccessTests {
    private static func access(_ yaml: String) async throws -> SocketAccess {
        try await ConfigurationFixture.read(yaml).0.socket
    }

    @Test(arguments: [
        ("workers: 0", "0600"), ("socket: {group: web}", "0660"), ("socket: {roles: {read: [ops]}}", "0666"),
        ("socket: {group: 7, roles: {read: [ops]}}", "0660"), ("socket: {mode: 0640, group: web}", "0640"),
    ])
    func `the mode follows from who is to be let in`(yaml: String, mode: String) async throws {
        #expect(try await Self.access(yaml).modeText == mode)
    }

    @Test func `the path is absolute from the start on`() async throws {
        let here = FileManager.default.currentDirectoryPath
        #expect(try await Self.access("socket: {path: run/agent.sock}").path == here + "/run/agent.sock")
        #expect(try await Self.access("workers: 0").path == nil)
    }

    @Test(arguments: [
        "mode: 0060", "mode: 1777", "mode: rw", "path: ''", "path: /run/", "group: ''", "roles: {read: ['group:']}",
        "roles: {read: [a], admin: [a]}",
    ])
    func `an invalid value is refused with its key`(setting: String) async throws {
        let error = try #require(try await ConfigurationFixture.refusal("socket: {\(setting)}"))
        #expect(error.code == .configuration)
        let key = "socket." + setting.prefix { $0 != ":" }
        #expect(error.description.contains(key))
    }

    @Test func `a path that no socket can have is refused`() async throws {
        let path = "/" + String(repeating: "a", count: 107)
        let error = try await ConfigurationFixture.refusal("socket: {path: \(path)}")
        #expect(error?.description.contains("107 bytes") == true)
    }

    @Test func `users and groups have roles, and the highest one counts`() async throws {
        let access = try await Self.access(
            "socket: {roles: {read: ['group:staff', 12], operate: [deploy], admin: ['group:7']}}")
        let roles = try SocketRoles(
            access, agent: 1000, user: { $0 == "deploy" ? 20 : nil }, group: { $0 == "staff" ? 50 : nil })
        #expect(roles.role(of: 20, in: [20]) == .operate)
        #expect(roles.role(of: 20, in: [20, 50]) == .operate)
        #expect(roles.role(of: 21, in: [21, 50]) == .read)
        #expect(roles.role(of: 21, in: [50, 7]) == .admin)
        #expect(roles.role(of: 12, in: []) == .read)
        #expect(roles.role(of: 22, in: [22]) == nil)
        #expect(roles.role(of: 1000, in: []) == .admin)
    }

    @Test func `an unknown account is named`() async throws {
        let access = try await Self.access("socket: {roles: {operate: ['group:nobody-has-it']}}")
        let error = #expect(throws: StartupError.self) {
            try SocketRoles(access, user: { _ in nil }, group: { _ in nil })
        }
        #expect(error?.description == "socket: there is no group nobody-has-it on this machine")
    }

    @Test func `config show tells what counts`() async throws {
        let (configuration, reader) = try await ConfigurationFixture.read(
            "socket: {path: /run/a.sock, group: web, roles: {operate: [deploy, 'group:ops']}}")
        let lines = try configuration.lines(reader).filter { $0.hasPrefix("socket.") }
        #expect(
            lines == [
                #"socket.path: "/run/a.sock"  # the file"#, #"socket.group: "web"  # the file"#,
                #"socket.mode: "0660"  # the default"#, "socket.roles.read: []  # the default",
                #"socket.roles.operate: ["deploy","group:ops"]  # the file"#, "socket.roles.admin: []  # the default",
            ])
    }

    @Test func `the file gets the mode and the group`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path + "/agent.sock"
            let listener = try UnixListener(path: SocketFile.draft(of: path))
            defer { listener.close() }
            let file = SocketFile(path: path, mode: 0o660, group: getegid())
            try file.didBind()
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o660 && status.st_gid == getegid())
        }
    }

    @Test func `the kernel tells all groups of a caller`() throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let count = getgroups(0, nil)
        var own = [gid_t](repeating: 0, count: Int(count))
        #expect(getgroups(count, &own) == count)
        #expect(PeerCredentials.moreGroups(of: ends[0]).sorted() == own.sorted())
    }
}
