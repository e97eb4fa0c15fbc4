// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Testing

@testable import Cluster

/// The kernel does what the programs say.
@Suite(.timeLimit(.minutes(1))) struct KernelSteeringTests {
    /// Several sockets at one free port.
    private func sockets(_ count: Int, host: String) throws -> (sockets: [ServerSocket], port: UInt16) {
        let first = ServerSocket(
            try BoundSocket.bind(.tcp(host: host, port: 0, ipv6Only: false, reusePort: true), backlog: nil))
        let port = UInt16(try #require(first.port))
        let others = try (1..<count).map { _ in
            ServerSocket(
                try BoundSocket.bind(.tcp(host: host, port: port, ipv6Only: false, reusePort: true), backlog: nil))
        }
        for socket in [first] + others { try socket.listen(backlog: 500) }
        return ([first] + others, port)
    }

    /// Connects from an address of the loopback network.
    private func connect(from source: UInt32, to port: UInt16) throws -> Int32 {
        func name(_ address: UInt32, _ port: UInt16) -> sockaddr_in {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            name.sin_addr.s_addr = address.bigEndian
            return name
        }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var (from, to) = (name(source, 0), name(0x7f00_0001, port))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafePointer(to: &from) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
        let isConnected = withUnsafePointer(to: &to) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) == 0 }
        }
        try #require(isBound && isConnected)
        return descriptor
    }

    @Test func `no connection enters a socket that is left out`() throws {
        let (sockets, port) = try sockets(3, host: "127.0.0.1")
        try sockets[0].attach(KernelProgram.even(over: [0, 2]).filter)
        let clients = try (0..<60).map { _ in try connect(from: 0x7f00_0001, to: port) }
        defer { for client in clients { close(client) } }
        #expect(sockets.map(\.hasBacklog) == [true, false, true])
    }

    @Test(arguments: ["127.0.0.1", "::"]) func `each client enters the socket of its bucket`(host: String) throws {
        for number in UInt32(0)..<20 {
            let (sockets, port) = try sockets(4, host: host)
            let table = StickyTable([0, 1, 2, 3])
            // The instances have the sockets in the reverse order.
            let places = table.owners.map { 3 - $0 }
            try sockets[2].attach(KernelProgram.sticky(places).filter)
            let source = 0x7f00_0100 + number * 77
            let clients = try (0..<3).map { _ in try connect(from: source, to: port) }
            defer { for client in clients { close(client) } }
            let place = places[StickyTable.bucket(ofWord: source)]
            #expect(sockets.map(\.hasBacklog) == (0..<4).map { $0 == place }, "\(number)")
        }
    }

    @Test func `a program for a thousand instances is taken`() throws {
        let (sockets, _) = try sockets(1, host: "127.0.0.1")
        let program = KernelProgram.sticky(StickyTable(Set(0..<1000)).owners)
        try sockets[0].attach(program.filter)
        #expect(program.instructions.count > 2000)
    }

    @Test func `a socket without a group takes no program`() throws {
        let socket = ServerSocket(
            try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: 5))
        #expect(throws: IOError.self) { try socket.attach(KernelProgram.even(over: [0]).filter) }
    }
}
