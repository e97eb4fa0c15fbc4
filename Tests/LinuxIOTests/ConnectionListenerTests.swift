// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import LinuxIO

@Suite(.timeLimit(.minutes(1))) struct ConnectionListenerTests {
    /// A listener on the loop's thread that counts what it accepts and keeps it open.
    final class Server: ConnectionListener.Delegate {
        private(set) var listener: ConnectionListener?
        private(set) var port: UInt16 = 0
        private var connections = DescriptorTable()
        private let onAccept: (Int) -> Void

        init(
            _ loop: EventLoop, _ request: BindRequest = .tcp(host: "127.0.0.1", port: 0, ipv6Only: false),
            onAccept: @escaping (Int) -> Void
        ) throws {
            self.onAccept = onAccept
            let socket = try BoundSocket.bind(request, backlog: 0)
            port = socket.name?.port ?? 0
            listener = try ConnectionListener(ServerSocket(socket), loop: loop, delegate: self)
        }

        var accepted: Int { connections.count }

        func listener(_ listener: ConnectionListener, didAccept connection: consuming OwnedFD) {
            let flags = (fcntl(connection.number, F_GETFD), fcntl(connection.number, F_GETFL))
            #expect(flags.0 & FD_CLOEXEC != 0)
            #expect(flags.1 & O_NONBLOCK != 0)
            _ = connections.insert(connection)
            onAccept(connections.count)
        }

        func close() {
            listener?.close()
            listener = nil
        }
    }

    func withServer(
        _ body: (_ server: OnLoop<Server?>, _ port: UInt16, _ counts: inout AsyncStream<Int>.Iterator) async throws ->
            Void
    ) async throws {
        try await withEventLoop { loop in
            let (counts, continuation) = AsyncStream.makeStream(of: Int.self)
            let server = OnLoop<Server?>(loop, nil)
            let port = try await server.run { server, loop in
                let new = try Server(loop) { continuation.yield($0) }
                server = new
                return new.port
            }
            var iterator = counts.makeAsyncIterator()
            try await body(server, port, &iterator)
            await server.run { server, _ in
                server?.close()
                server = nil
            }
        }
    }

    @Test func `connections are accepted, nonblocking and close-on-exec`() async throws {
        try await withServer { _, port, counts in
            let clients = try (0..<3).map { _ in try TestClient.connect("127.0.0.1", port) }
            defer { for client in clients { close(client) } }
            for count in 1...3 { #expect(await counts.next() == count) }
        }
    }

    @Test func `more connections than one turn takes all come`() async throws {
        try await withServer { server, port, counts in
            await server.run { server, _ in server?.listener?.pause() }
            let clients = try (0..<150).map { _ in try TestClient.connect("127.0.0.1", port) }
            defer { for client in clients { close(client) } }
            await server.run { server, _ in server?.listener?.resume() }
            for count in 1...150 { #expect(await counts.next() == count) }
        }
    }

    @Test func `a pause leaves connections in the backlog until resume`() async throws {
        try await withServer { server, port, counts in
            await server.run { server, _ in
                server?.listener?.pause()
                server?.listener?.pause()
            }
            let client = try TestClient.connect("127.0.0.1", port)
            defer { close(client) }
            // The loop looks at its descriptors before each of these, so the connection had its chance.
            for _ in 0..<3 { #expect(await server.run { server, _ in server?.accepted } == 0) }
            await server.run { server, _ in
                server?.listener?.resume()
                server?.listener?.resume()
            }
            #expect(await counts.next() == 1)
        }
    }

    @Test func `a delegate that pauses gets no more in the same turn`() async throws {
        try await withEventLoop { loop in
            let server = OnLoop<Server?>(loop, nil)
            let (counts, continuation) = AsyncStream.makeStream(of: Int.self)
            let port = try await server.run { server, loop in
                final class Reference { weak var server: Server? }
                let reference = Reference()
                let new = try Server(loop) { count in
                    reference.server?.listener?.pause()
                    continuation.yield(count)
                }
                reference.server = new
                server = new
                return new.port
            }
            await server.run { server, _ in server?.listener?.pause() }
            let clients = try (0..<2).map { _ in try TestClient.connect("127.0.0.1", port) }
            defer { for client in clients { close(client) } }
            await server.run { server, _ in server?.listener?.resume() }
            var iterator = counts.makeAsyncIterator()
            #expect(await iterator.next() == 1)
            for _ in 0..<3 { #expect(await server.run { server, _ in server?.accepted } == 1) }
            await server.run { server, _ in server?.listener?.resume() }
            #expect(await iterator.next() == 2)
            await server.run { server, _ in
                server?.close()
                server = nil
            }
        }
    }

    @Test func `a socket that others share is accepted from whatever its flags are, and keeps them`() async throws {
        for isNonblocking in [false, true] {
            let original = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: 0)
            try original.descriptor.setNonblocking(isNonblocking)
            let number = original.descriptor.number
            let flags = fcntl(number, F_GETFL)
            let name = original.name
            let port = try #require(name?.port)
            try await withEventLoop { loop in
                let (counts, continuation) = AsyncStream.makeStream(of: Int.self)
                let server = OnLoop<Server?>(loop, nil)
                try await server.run { server, loop in
                    server = try Server(loop, .inherited(number, datagrams: false)) { continuation.yield($0) }
                }
                var iterator = counts.makeAsyncIterator()
                let clients = try (0..<150).map { _ in try TestClient.connect("127.0.0.1", port) }
                defer { for client in clients { close(client) } }
                for count in 1...150 { #expect(await iterator.next() == count) }
                await server.run { server, _ in
                    server?.close()
                    server = nil
                }
            }
            let after = fcntl(number, F_GETFL)
            #expect(after == flags)
            _ = original
        }
    }

    /// A socket that other processes may have, with a listener for it. `onAccept` is called on the loop's thread.
    private func withShared(
        clients count: Int, onAccept: @escaping @Sendable (Server, Int) -> Void,
        _ body: (_ server: OnLoop<Server?>, _ socket: Int32, _ clients: [Int32]) async throws -> Void
    ) async throws {
        let original = try BoundSocket.bind(.tcp(host: "127.0.0.1", port: 0, ipv6Only: false), backlog: 0)
        let (number, name) = (original.descriptor.number, original.name)
        let port = try #require(name?.port)
        try await withEventLoop { loop in
            let clients = try (0..<count).map { _ in try TestClient.connect("127.0.0.1", port) }
            defer { for client in clients { close(client) } }
            let server = OnLoop<Server?>(loop, nil)
            try await server.run { server, loop in
                final class Reference { weak var server: Server? }
                let reference = Reference()
                server = try Server(loop, .inherited(number, datagrams: false)) { count in
                    if let server = reference.server { onAccept(server, count) }
                }
                reference.server = server
            }
            try await body(server, number, clients)
            await server.run { server, _ in
                server?.close()
                server = nil
            }
        }
        _ = original
    }

    @Test func `a delegate that closes gets no more, also of what was accepted together`() async throws {
        let (ends, end) = AsyncStream.makeStream(of: Int.self)
        try await withShared(clients: 3) { server, count in
            server.close()
            end.yield(count)
        } _: { server, _, clients in
            #expect(await ends.first { _ in true } == 1)
            #expect(await server.run { server, _ in server?.accepted } == 1)
        }
    }

    @Test func `a socket that somebody has shut down does not keep the loop busy`() async throws {
        try await withShared(clients: 0, onAccept: { _, _ in }) { server, socket, _ in
            await server.run { server, _ in server?.listener?.pause() }
            #expect(await server.run { server, _ in server?.listener?.registration != nil })
            shutdown(socket, Int32(SHUT_RDWR))
            while await server.run({ server, _ in server?.listener?.registration != nil }) {}
            await server.run { server, _ in
                server?.listener?.resume()
                #expect(server?.listener?.registration != nil)
            }
            // accept(2) fails, and is tried again later.
            while await server.run({ server, _ in server?.listener?.registration != nil }) {}
        }
    }

    /// In a process of its own: a child that another test forks has a copy of the socket until it executes its program.
    @Test func `after close nobody can connect`() async {
        await #expect(processExitsWith: .success) {
            try await ConnectionListenerTests().withServer { server, port, _ in
                await server.run { server, _ in
                    server?.close()
                    server = nil
                }
                #expect(throws: IOError.self) { close(try TestClient.connect("127.0.0.1", port)) }
            }
        }
    }
}
