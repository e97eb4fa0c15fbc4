// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct BoundSocketTests {
    private static let hasIPv6 = access("/proc/net/if_inet6", F_OK) == 0

    func errno(_ request: BindRequest, backlog: Int? = 0) -> Errno? {
        do {
            _ = try BoundSocket.bind(request, backlog: backlog)
            return nil
        } catch {
            return error.errno
        }
    }

    private func connects(_ host: String, _ port: UInt16) -> Bool {
        guard let client = try? TestClient.connect(host, port) else { return false }
        close(client)
        return true
    }

    // MARK: TCP

    @Test func `port 0 takes a free port and reports it`() throws {
        let socket = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: 0)
        let found = socket.name
        let name = try #require(found)
        #expect(name.family == .ipv4)
        #expect(name.address == "127.0.0.1")
        #expect(name.port != 0)
        #expect(connects("127.0.0.1", name.port))
    }

    @Test func `a port that is shared by many is in use for the first of others`() throws {
        let first = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: nil)
        try first.sharePort()
        let name = first.name
        let port = try #require(name?.port)
        let socket = ServerSocket(first)
        try socket.listen(backlog: 10)
        let more = BindRequest.tcp(host: "127.0.0.1", port: port, ipv6Only: false, reusePort: true)
        #expect(errno(more) == nil)
        #expect(errno(.tcp(host: "127.0.0.1", port: port, ipv6Only: false)) == .addressInUse)
        #expect(errno(.tcp(host: nil, port: port, ipv6Only: false)) == .addressInUse)
        #expect(connects("127.0.0.1", port))
    }

    @Test(.enabled(if: hasIPv6)) func `any address is IPv6 with IPv4 included`() throws {
        let socket = try BoundSocket.bind(.tcp(host: nil, port: 0, ipv6Only: false), backlog: 0)
        let found = socket.name
        let name = try #require(found)
        #expect(name.family == .ipv6)
        #expect(name.address == "::")
        #expect(connects("127.0.0.1", name.port))
        #expect(connects("::1", name.port))
    }

    @Test(.enabled(if: hasIPv6)) func `ipv6Only leaves IPv4 out`() throws {
        let socket = try BoundSocket.bind(.tcp(host: "::", port: 0, ipv6Only: true), backlog: 0)
        let name = socket.name
        let port = try #require(name?.port)
        #expect(connects("::1", port))
        #expect(!connects("127.0.0.1", port))
    }

    @Test(.enabled(if: hasIPv6)) func `a scope has a name or a number`() throws {
        for host in ["::1%lo", "::1%1"] {
            let socket = try BoundSocket.bind(.tcp(host: host, port: 0, ipv6Only: false), backlog: 0)
            let name = socket.name
            #expect(name?.address == "::1")
        }
    }

    /// A zone that is none has the kernel look for no interface, and a link-local address needs one.
    @Test(.enabled(if: hasIPv6), arguments: ["+1", "1x", "-1", "99999999999"])
    func `a zone is a name or plain digits`(_ zone: String) {
        #expect(errno(.tcp(host: "fe80::1%\(zone)", port: 0, ipv6Only: false)) == .invalidArgument)
    }

    @Test func `a port in use is refused`() throws {
        let socket = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: 0)
        let name = socket.name
        let port = try #require(name?.port)
        #expect(errno(.tcp(host: "127.0.0.1", port: port, ipv6Only: false)) == .addressInUse)
        _ = socket
    }

    /// In a process of its own: a child that another test forks has a copy of the socket until it executes its program.
    @Test func `a port is free again when its socket is gone`() async {
        await #expect(processExitsWith: .success) {
            func bind(_ port: UInt16) throws -> UInt16 {
                let socket = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: port, ipv6Only: false), backlog: 0)
                return socket.name?.port ?? 0
            }
            let port = try bind(0)
            #expect(port != 0)
            #expect(try bind(port) == port)
        }
    }

    @Test(arguments: ["", "localhost", "1.2.3", "256.0.0.1", "127.0.0.1 ", "::g", "%lo", ":::", "a\0b"])
    func `an invalid address is refused`(_ host: String) {
        #expect(errno(.tcp(host: host, port: 0, ipv6Only: false)) == .invalidArgument)
    }

    @Test func `an address that is not this machine's is refused`() {
        #expect(errno(.tcp(host: "192.0.2.1", port: 0, ipv6Only: false)) == .addressNotAvailable)
    }

    @Test(arguments: [-5, 0, 1, Int.max])
    func `any backlog is accepted`(_ backlog: Int) {
        #expect(errno(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: backlog) == nil)
    }

    @Test func `without a backlog the socket is bound and does not listen`() throws {
        let socket = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: nil)
        let name = socket.name
        let port = try #require(name?.port)
        #expect(!connects("127.0.0.1", port))
    }

    // MARK: UDP

    @Test func `a datagram socket tells its name`() throws {
        let socket = try BoundSocket.bind(
            .udp(host: nil, port: 0, ipv6: false, ipv6Only: false, reuseAddress: false), backlog: nil)
        let name = socket.name
        #expect(name?.address == "0.0.0.0")
        #expect(name?.port != 0)
    }

    @Test func `a datagram port is shared only if both ask for it`() throws {
        func request(_ port: UInt16, reuse: Bool) -> BindRequest {
            .udp(host: "127.0.0.1", port: port, ipv6: false, ipv6Only: false, reuseAddress: reuse)
        }
        let first = try BoundSocket.bind(request(0, reuse: true), backlog: nil)
        let name = first.name
        let port = try #require(name?.port)
        #expect(errno(request(port, reuse: true), backlog: nil) == nil)
        #expect(errno(request(port, reuse: false), backlog: nil) == .addressInUse)
    }

    @Test(.enabled(if: hasIPv6)) func `an IPv6 datagram socket takes any address of its family`() throws {
        let socket = try BoundSocket.bind(
            .udp(host: nil, port: 0, ipv6: true, ipv6Only: true, reuseAddress: false), backlog: nil)
        let name = socket.name
        #expect(name?.address == "::")
    }

    @Test func `an inherited socket is used and the original stays`() throws {
        let original = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: nil)
        let name = original.name
        let port = try #require(name?.port)
        do {
            let socket = try BoundSocket.bind(.inherited(original.descriptor.number, datagrams: false), backlog: 0)
            let names = (socket.name, original.name)
            #expect(names.0 == names.1)
            #expect(connects("127.0.0.1", port))
        }
        let flags = fcntl(original.descriptor.number, F_GETFD)
        #expect(flags >= 0)
    }

    @Test(arguments: [false, true])
    func `an inherited socket's flags stay as they are`(_ isNonblocking: Bool) throws {
        let original = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: nil)
        try original.descriptor.setNonblocking(isNonblocking)
        let before = fcntl(original.descriptor.number, F_GETFL)
        let socket = try BoundSocket.bind(.inherited(original.descriptor.number, datagrams: false), backlog: 0)
        let after = fcntl(original.descriptor.number, F_GETFL)
        #expect(before == after)
        _ = socket
    }

    @Test func `one end of a connection, and a socket of the other kind, cannot be listened on`() throws {
        let pair = try UnixSocketPair()
        let stream = pair.near.number
        #expect(errno(.inherited(stream, datagrams: false)) == .invalidArgument)
        #expect(errno(.inherited(stream, datagrams: true)) == .invalidArgument)
        let datagrams = try BoundSocket.bind(
            .udp(host: "127.0.0.1", port: 0, ipv6: false, ipv6Only: false, reuseAddress: false), backlog: nil)
        let number = datagrams.descriptor.number
        #expect(errno(.inherited(number, datagrams: false)) == .invalidArgument)
        #expect(errno(.inherited(number, datagrams: true), backlog: nil) == nil)
        _ = pair
        _ = datagrams
    }

    @Test(arguments: [-1, Int32.max])
    func `an inherited number that is not open is an error`(_ number: Int32) {
        #expect(errno(.inherited(number, datagrams: false)) != nil)
    }

    @Test func `an inherited file is not a socket`() throws {
        let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(number) }
        #expect(errno(.inherited(number, datagrams: false)) == .notSocket)
    }
}
