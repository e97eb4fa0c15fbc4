// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@Suite("Sockets go with messages", .serialized, .timeLimit(.minutes(1)))
struct PassedSocketTests {
    @Test("a socket goes to a worker in Swift and back", arguments: Serialization.allCases)
    func thereAndBack(_ serialization: Serialization) async throws {
        try await withSwiftPrimary("echo", settings: { $0.serialization = serialization }) { cluster in
            let id = try await cluster.fork()
            let (near, far) = try Self.pair()
            defer { close(near) }
            try await cluster.primary.send(["hello": "socket"], with: PassedSocket(adopting: far), to: id)
            let message = try await cluster.log.messages(1, of: id)[0]
            #expect(try message.decode([String: String].self) == ["hello": "socket"])
            let socket = try #require(message.socket)
            #expect(message.handle == "net.Socket" && socket.kind == .connection)
            let back = try #require(socket.takeDescriptor())
            #expect(write(back, "x", 1) == 1)
            close(back)
            var byte: UInt8 = 0
            #expect(read(near, &byte, 1) == 1 && byte == UInt8(ascii: "x"))
            #expect(read(near, &byte, 1) == 0, "somebody still has it")
        }
    }

    @Test("a socket goes to a worker in Node", arguments: Serialization.allCases)
    func toNode(_ serialization: Serialization) async throws {
        try await withPrimary("write-socket.js", settings: { $0.serialization = serialization }) { cluster in
            let id = try await cluster.forkOnline()
            for number in 0..<3 {
                let (near, far) = try Self.pair()
                try await cluster.primary.send("\(number)", with: PassedSocket(adopting: far), to: id)
                let text = await ProgramOutput(FileHandle(fileDescriptor: near, closeOnDealloc: true)).text()
                #expect(text == "\(number) from node")
            }
        }
    }

    @Test("a socket comes from a worker in Node")
    func fromNode() async throws {
        try await withPrimary(
            "send-handles.js", settings: { $0.args = ["1"] }, configuration: { $0.keepsPassedSockets = true }
        ) { cluster in
            let id = try await cluster.fork()
            let messages = try await cluster.log.messages(4, of: id)
            #expect(messages.map(\.socket?.kind) == [.connection, .listener, .datagrams, nil])
        }
    }

    @Test("a socket can be sent once")
    func once() async throws {
        try await withSwiftPrimary("echo") { cluster in
            let id = try await cluster.fork()
            let (near, far) = try Self.pair()
            defer { close(near) }
            let socket = try PassedSocket(adopting: far)
            close(try #require(socket.takeDescriptor()))
            let error = await #expect(throws: ClusterError.self) {
                try await cluster.primary.send("x", with: socket, to: id)
            }
            #expect(error?.reason == .connectionClosed)
        }
    }

    @Test("a descriptor that is not a socket is refused", arguments: [Int32(-1), 9999])
    func noSocket(_ number: Int32) {
        let error = #expect(throws: ClusterError.self) { try PassedSocket(adopting: number) }
        #expect(error?.reason == .invalidField)
    }

    private static func pair() throws -> (near: Int32, far: Int32) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SocketClient.Failure(operation: "socketpair", code: errno)
        }
        return (ends[0], ends[1])
    }
}
