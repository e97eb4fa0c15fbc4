// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

/// What was received takes the memory that it needs, since a program may keep a lot of it.
@Suite(.timeLimit(.minutes(1))) struct ReceivedSizeTests {
    @Test func `a small datagram takes little memory, and the largest comes whole`() async throws {
        try await withEventLoop { loop in
            try await OnLoop(loop, ()).run { _, loop in
                let bound = try BoundSocket.bind(
                    .udp(host: "127.0.0.1", port: 0, ipv6: false, ipv6Only: false, reuseAddress: false), backlog: nil)
                let socket = DatagramPort(bound, loop: loop)
                let port = try #require(socket.name?.port)
                for size in [0, 20, 65507] {
                    let sent = [UInt8](repeating: 7, count: size)
                    #expect(try socket.send(sent, to: "127.0.0.1", port: port))
                    let received = try #require(try socket.receive())
                    #expect(received.bytes == sent && received.from.port == port)
                    #expect(received.bytes.capacity < size + 64)
                }
                let rest = try socket.receive()
                #expect(rest == nil)
            }
        }
    }

    @Test func `a small part of a stream takes little memory`() async throws {
        try await withEventLoop { loop in
            let pair = try SocketPair()
            defer { close(pair.far) }
            try await OnLoop(loop, ()).run { _, loop in
                let socket = try StreamSocket(OwnedFD(pair.near), loop: loop)
                #expect(try socket.read(upTo: 65536) == nil)
                #expect(send(pair.far, "hello", 5, 0) == 5)
                let bytes = try #require(try socket.read(upTo: 65536))
                #expect(bytes == Array("hello".utf8) && bytes.capacity < 64)
                #expect(send(pair.far, "hello", 5, 0) == 5)
                #expect(try socket.read(upTo: 2) == Array("he".utf8))
                #expect(try socket.read(upTo: 1 << 20) == Array("llo".utf8))
                shutdown(pair.far, Int32(SHUT_WR))
                #expect(try socket.read(upTo: 1) == [])
            }
        }
    }
}
