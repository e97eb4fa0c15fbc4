// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import ClusterNIO

@Suite(.timeLimit(.minutes(1))) struct PlaceholderSocketTests {
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/cluster-test-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    @Test func `a directory that cannot hold a socket is passed over`() async throws {
        try await withDirectory { directory in
            let long = directory + "/" + String(repeating: "d", count: 90)
            try FileManager.default.createDirectory(atPath: long, withIntermediateDirectories: false)
            let socket = try PlaceholderSocket(in: ["/proc", "/nowhere", long, directory])
            #expect(socket.path.hasPrefix("\(directory)/cluster-"))
            // Trying has left nothing behind, so the server can bind it.
            #expect(!FileManager.default.fileExists(atPath: socket.path))
            let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .bind(unixDomainSocketPath: socket.path).get()
            #expect(FileManager.default.fileExists(atPath: socket.path))
            socket.removeName()
            #expect(!FileManager.default.fileExists(atPath: socket.path))
            try await server.close()
        }
    }

    @Test func `if there is no such directory, the error names the variable`() throws {
        let error = try #require(throws: ClusterError.self) { try PlaceholderSocket(in: ["/proc", "/nowhere"]) }
        #expect(error.reason == .listenFailed)
        #expect(error.message.contains("set TMPDIR") && error.message.contains("/nowhere: No such file or directory"))
    }
}
