// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@Suite("Unix socket servers of workers", .serialized, .timeLimit(.minutes(1)))
struct UnixHandleTests {
    private static func settings(
        _ path: String, _ policy: SchedulingPolicy = .roundRobin, _ more: String = ""
    ) -> (inout ClusterSettings) -> Void {
        { settings in
            settings.args = [#"{"path": "\#(path)"\#(more)}"#]
            settings.schedulingPolicy = policy
        }
    }

    @Test("workers share a path, and its file goes with the last server", arguments: SchedulingPolicy.allCases)
    func path(_ policy: SchedulingPolicy) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try await withPrimary("listen.js", settings: Self.settings(path, policy)) { cluster in
                let ids = try await cluster.primary.fork(count: 2).map(\.id)
                for id in ids { #expect(try await cluster.log.message(1, of: id)["address"] == .string(path)) }
                let id = try await SocketClient.exchange(.unix(path))
                #expect(ids.map(\.description).contains(id))
                let listening = try await cluster.log.first(.listening, of: ids[0]).worker?.listening.first
                #expect(listening?.address == path && listening?.port == -1 && listening?.addressType == .pipe)
                _ = try await cluster.primary.disconnectAll()
                #expect(!FileManager.default.fileExists(atPath: path))
                for id in ids { try await cluster.end(of: id) }
            }
        }
    }

    @Test("a relative path begins at the worker's directory")
    func relative() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            let settings = { (settings: inout ClusterSettings) in
                settings.args = [#"{"path": "s"}"#]
                settings.cwd = directory.path
            }
            try await withPrimary("listen.js", settings: settings) { cluster in
                let id = try await cluster.fork()
                #expect(try await cluster.log.message(1, of: id)["address"] == "s")
                #expect(try await SocketClient.exchange(.unix(path)) == "\(id)")
            }
        }
    }

    @Test("a path that is too long for the kernel is an error in the worker, never another path")
    func tooLong() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: String(repeating: "p", count: 200)).path
            try await withPrimary("listen.js", settings: Self.settings(path)) { cluster in
                let reply = try await cluster.firstMessageOfFork()
                #expect(reply["address"] == nil && reply["code"] != nil)
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
            }
        }
    }

    @Test("a long path below the primary's directory is reached by its short relative name")
    func longButNear() async throws {
        let here = FileManager.default.currentDirectoryPath
        let name = ".build/" + String(repeating: "n", count: 90 - 7)
        let directory = "\(here)/\(name)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/socket"
        try #require(path.utf8.count > 100 && "\(name)/socket".utf8.count < 108)
        try await withPrimary("listen.js", settings: Self.settings(path)) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id)["address"] == .string(path))
            #expect(try await SocketClient.exchange(.unix("\(name)/socket")) == "\(id)")
        }
    }

    @Test("readableAll and writableAll open the file to everybody", arguments: [false, true])
    func modes(_ isOpen: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            let options = #", "readableAll": \#(isOpen), "writableAll": \#(isOpen)"#
            try await withPrimary("listen.js", settings: Self.settings(path, .roundRobin, options)) { cluster in
                _ = try await cluster.firstMessageOfFork()
                var status = stat()
                try #require(stat(path, &status) == 0)
                #expect((status.st_mode & 0o066 == 0o066) == isOpen)
            }
        }
    }

    @Test("a path that exists is EADDRINUSE in the worker, and is left alone", arguments: SchedulingPolicy.allCases)
    func staleFile(_ policy: SchedulingPolicy) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try Data("kept".utf8).write(to: URL(filePath: path))
            try await withPrimary("listen.js", settings: Self.settings(path, policy)) { cluster in
                let reply = try await cluster.firstMessageOfFork()
                #expect(reply["code"] == "EADDRINUSE")
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
        }
    }

    @Test("a file that another program has put at the path stays", arguments: SchedulingPolicy.allCases)
    func foreignFile(_ policy: SchedulingPolicy) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try await withPrimary("listen.js", settings: Self.settings(path, policy)) { cluster in
                _ = try await cluster.firstMessageOfFork()
                try FileManager.default.removeItem(atPath: path)
                try Data("theirs".utf8).write(to: URL(filePath: path))
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "theirs")
        }
    }

    @Test("a worker that removes the file and listens there again is reached", arguments: SchedulingPolicy.allCases)
    func listensAnew(_ policy: SchedulingPolicy) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            let settings = { (settings: inout ClusterSettings) in
                settings.args = [path]
                settings.schedulingPolicy = policy
            }
            try await withPrimary("listen-anew.js", settings: settings) { cluster in
                let first = try await cluster.fork()
                #expect(try await cluster.log.message(1, of: first) == "listening")
                #expect(try await SocketClient.exchange(.unix(path)) == "\(first)")
                let second = try await cluster.fork()
                #expect(try await cluster.log.message(1, of: second) == "listening")
                var served: Set<String> = []
                for _ in 0..<4 { served.insert(try await SocketClient.exchange(.unix(path))) }
                // The first worker still waits on the old socket, to which nobody can connect.
                #expect(served == (policy == .none ? ["\(second)"] : ["\(first)", "\(second)"]))
                for id in [first, second] { _ = try await cluster.primary.kill(id, signal: .kill) }
                for id in [first, second] { try await cluster.end(of: id) }
                let third = try await cluster.fork()
                #expect(try await cluster.log.message(1, of: third) == "listening")
                #expect(try await SocketClient.exchange(.unix(path)) == "\(third)")
                _ = try await cluster.primary.disconnectAll()
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test("without a linger the file goes with the last worker, however it ends", arguments: SchedulingPolicy.allCases)
    func withoutLinger(_ policy: SchedulingPolicy) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try await withPrimary(
                "listen.js", settings: Self.settings(path, policy), configuration: { $0.listenerLinger = .zero }
            ) { cluster in
                let ids = try await cluster.primary.fork(count: 2).map(\.id)
                for id in ids { _ = try await cluster.log.message(1, of: id) }
                _ = try await cluster.primary.kill(ids[0], signal: .kill)
                try await cluster.end(of: ids[0])
                #expect(try await SocketClient.exchange(.unix(path)) == "\(ids[1])")
                _ = try await cluster.primary.kill(ids[1], signal: .kill)
                try await cluster.end(of: ids[1])
                #expect(!FileManager.default.fileExists(atPath: path))
                #expect(await cluster.primary.status.handles.isEmpty)
            }
        }
    }

    @Test("a directory that does not exist is EACCES in the worker", arguments: SchedulingPolicy.allCases)
    func noDirectory(_ policy: SchedulingPolicy) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "none/s").path
            try await withPrimary("listen.js", settings: Self.settings(path, policy)) { cluster in
                let reply = try await cluster.firstMessageOfFork()
                #expect(reply["code"] == "EACCES")
            }
        }
    }

    @Test("an abstract name needs no file")
    func abstract() async throws {
        let name = "cluster-\(UUID().uuidString)"
        let settings = { (settings: inout ClusterSettings) in settings.args = [#"{"path": "\u0000\#(name)"}"#] }
        try await withPrimary("listen.js", settings: settings) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id)["address"] == .string("\0" + name))
            #expect(try await SocketClient.exchange(.unix("\0" + name)) == "\(id)")
        }
    }
}
