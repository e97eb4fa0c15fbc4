// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1)))
struct UnixAcceptorTests {
    @Test func `a call gets the newest connections in their order, and older ones close`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "a.sock").path
            let acceptor = try UnixAcceptor(path: path)
            let clients = try (0..<3).map { _ in try TestClient.connect(path: path) }
            defer { for client in clients { close(client) } }
            let table = DescriptorTable()
            let tokens = try acceptor.accept(2, from: getpid(), into: table)
            for (token, client) in zip(tokens, clients.dropFirst()) {
                let number = try #require(table.number(of: token))
                var byte = UInt8(ascii: "x")
                #expect(write(client, &byte, 1) == 1)
                byte = 0
                #expect(read(number, &byte, 1) == 1 && byte == UInt8(ascii: "x"))
            }
            var byte: UInt8 = 0
            #expect(read(clients[0], &byte, 1) == 0)
            #expect(table.count == 2)
            #expect(throws: IOError.self) { _ = try acceptor.accept(1, from: getpid(), into: table) }
        }
    }

    @Test func `connections of another process are closed`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "a.sock").path
            let acceptor = try UnixAcceptor(path: path)
            let client = try TestClient.connect(path: path)
            defer { close(client) }
            let table = DescriptorTable()
            #expect(throws: IOError.self) { _ = try acceptor.accept(1, from: getpid() + 1, into: table) }
            var byte: UInt8 = 0
            #expect(read(client, &byte, 1) == 0 && table.count == 0)
        }
    }

    @Test func `its file goes with it`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "a.sock").path
            _ = try UnixAcceptor(path: path)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
