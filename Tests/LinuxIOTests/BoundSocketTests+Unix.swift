// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LinuxIO

// Unix sockets and their files.
extension BoundSocketTests {
    @Test func `a unix socket has no name and its file goes with it`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            do {
                let socket = try BoundSocket.bind(.unix(path: path, readableAll: false, writableAll: false), backlog: 0)
                let name = socket.name
                #expect(name == nil)
                close(try TestClient.connect(path: path))
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a file that another program has put at the path stays`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            do {
                let socket = try BoundSocket.bind(.unix(path: path, readableAll: false, writableAll: false), backlog: 0)
                let before = socket.hasLostPath
                #expect(!before)
                try FileManager.default.removeItem(atPath: path)
                let removed = socket.hasLostPath
                #expect(removed)
                try Data("theirs".utf8).write(to: URL(filePath: path))
                let replaced = socket.hasLostPath
                #expect(replaced)
            }
            #expect(FileManager.default.contents(atPath: path) == Data("theirs".utf8))
        }
    }

    @Test func `a file in the socket's place is never taken for the socket`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            let descriptor = OwnedFD(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
            try SocketAddress(path: path).bind(descriptor)
            try FileManager.default.removeItem(atPath: path)
            try Data("theirs".utf8).write(to: URL(filePath: path))
            FileIdentity(boundBy: descriptor, at: path)?.remove(path)
            #expect(FileManager.default.contents(atPath: path) == Data("theirs".utf8))
        }
    }

    @Test func `a file is removed by its name in the directory, and only if it is the right one`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            try Data("mine".utf8).write(to: URL(filePath: path))
            let identity = try #require(FileIdentity(of: path))
            // The first one is kept, so that the second cannot have its number.
            try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
            try Data("theirs".utf8).write(to: URL(filePath: path))
            #expect(!identity.remove(path))
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(identity.remove(path + ".old"))
            #expect(!FileManager.default.fileExists(atPath: path + ".old"))
        }
    }

    @Test func `an existing file is in use and stays`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            #expect(FileManager.default.createFile(atPath: path, contents: Data("mine".utf8)))
            #expect(errno(.unix(path: path, readableAll: false, writableAll: false)) == .addressInUse)
            #expect(FileManager.default.contents(atPath: path) == Data("mine".utf8))
        }
    }

    @Test(arguments: [(true, true), (true, false), (false, true)])
    func `everybody may read or write if asked for`(_ readable: Bool, _ writable: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "s").path
            let socket = try BoundSocket.bind(
                .unix(path: path, readableAll: readable, writableAll: writable), backlog: 0)
            var status = stat()
            #expect(lstat(path, &status) == 0)
            let wanted = (readable ? 0o444 : 0) | (writable ? 0o222 : 0)
            #expect(Int(status.st_mode) & wanted == wanted)
            _ = socket
        }
    }

    @Test func `a file in the place of a socket is not opened to everybody`() async throws {
        try await withTemporaryDirectory { directory in
            let (file, link) = (directory.appending(path: "f").path, directory.appending(path: "l").path)
            try Data().write(to: URL(filePath: file))
            chmod(file, 0o600)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
            for path in [file, link] {
                #expect(throws: IOError.self) {
                    try UnixSocketFile.open(path, FileIdentity(of: path), readableAll: true, writableAll: true)
                }
            }
            var status = stat()
            #expect(lstat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
        }
    }

    @Test func `a missing directory is EACCES, as under libuv`() {
        let path = "/tmp/cluster-no-such-directory/s"
        #expect(errno(.unix(path: path, readableAll: false, writableAll: false)) == .permissionDenied)
    }

    @Test func `a path that is empty or too long is refused`() {
        #expect(errno(.unix(path: "", readableAll: false, writableAll: false)) == .invalidArgument)
        let long = "/tmp/" + String(repeating: "x", count: 103)
        #expect(errno(.unix(path: long, readableAll: false, writableAll: false)) == .fileNameTooLong)
    }

    @Test func `the longest path works`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path + "/" + String(repeating: "x", count: 106 - directory.path.utf8.count)
            #expect(path.utf8.count == 107)
            let socket = try BoundSocket.bind(.unix(path: path, readableAll: false, writableAll: false), backlog: 0)
            #expect(FileManager.default.fileExists(atPath: path))
            _ = socket
        }
    }

    @Test func `an abstract name makes no file`() throws {
        let name = "\0cluster-test-\(getpid())-\(UUID())"
        let socket = try BoundSocket.bind(.unix(path: name, readableAll: true, writableAll: true), backlog: 0)
        let ipName = socket.name
        #expect(ipName == nil)
        #expect(errno(.unix(path: name, readableAll: false, writableAll: false)) == .addressInUse)
    }
}
