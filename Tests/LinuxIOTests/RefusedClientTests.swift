// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

/// A socket that is about to close keeps what waits in it, and no new client comes.
@Suite(.timeLimit(.minutes(1))) struct RefusedClientTests {
    /// Begins to connect. The kernel decides at once whether the client comes.
    private func beginToConnect(_ port: UInt16) -> Int32 {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &name.sin_addr)
        _ = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return client
    }

    @Test func `what waits can still be accepted and goes on, and nobody new comes`() throws {
        let socket = ServerSocket(
            try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: 5))
        let port = UInt16(try #require(socket.port))
        let (before, number) = (try TestClient.connect("127.0.0.1", port), socket.socket.descriptor.number)
        socket.refuseClients()
        let after = beginToConnect(port)
        defer { for client in [before, after] { close(client) } }
        #expect(socket.wouldReset && socket.backlog == 1)
        let connection = OwnedFD(accept(number, nil, nil))
        #expect(!socket.wouldReset)
        // In both directions, although the connection has the filter too.
        var byte: UInt8 = 7
        #expect(send(before, &byte, 1, 0) == 1 && recv(connection.number, &byte, 1, 0) == 1)
        #expect(send(connection.number, &byte, 1, 0) == 1 && recv(before, &byte, 1, 0) == 1 && byte == 7)
    }

    @Test func `a socket that others have given us stays as it is`() throws {
        let owner = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: 5)
        let port = try #require(owner.name?.port)
        let copy = try owner.descriptor.duplicated()
        let socket = ServerSocket(try BoundSocket.borrowed(copy, datagrams: false, backlog: 5))
        socket.refuseClients()
        let client = try TestClient.connect("127.0.0.1", port)
        defer { close(client) }
        #expect(socket.hasConnection && !socket.wouldReset)
    }

    @Test func `a socket that does not listen has no connection`() throws {
        let socket = ServerSocket(
            try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: nil))
        #expect(!socket.hasConnection)
    }
}
