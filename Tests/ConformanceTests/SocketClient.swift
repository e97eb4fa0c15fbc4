// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A connection that a test keeps open, to a port or to a unix socket. Its calls block a thread of their own
/// and end after half a minute at the latest.
final class SocketClient: Sendable {
    enum Address: Sendable {
        case tcp(port: UInt16, host: String = "127.0.0.1")
        case udp(port: UInt16, host: String = "127.0.0.1")
        /// A path, or an abstract name that begins with NUL.
        case unix(String)
    }

    struct Failure: Error, Equatable {
        let operation: String
        let code: Int32

        static func ~= (pattern: Failure, error: any Error) -> Bool { error as? Failure == pattern }
    }

    private let descriptor: Int32

    init(_ address: Address) throws {
        descriptor =
            switch address {
            case .tcp(let port, let host): try Self.connect(host, port, SOCK_STREAM)
            case .udp(let port, let host): try Self.connect(host, port, SOCK_DGRAM)
            case .unix(let path): try Self.connect(path)
            }
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// A process that another test is starting may have a copy until its exec. `shutdown` ends the connection for all copies.
    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Connects to a port that may let its clients wait.
    static func connecting(to address: Address) async throws -> SocketClient {
        try await onThread { try SocketClient(address) }
    }

    /// Connects, says `text` and returns all that comes until the other end closes.
    static func exchange(_ address: Address, _ text: String = "") async throws -> String {
        let client = try SocketClient(address)
        try client.write(text)
        return try await client.readToEnd()
    }

    /// Waits until nobody listens. A process that another test is just starting has copies of all sockets until
    /// its exec, so a port is not free at the very moment at which it is closed.
    static func waitUntilRefused(port: UInt16) async throws {
        while true {
            do {
                _ = try SocketClient(.tcp(port: port))
            } catch Failure(operation: "connect", code: ECONNREFUSED) {
                return
            } catch Failure(operation: "connect", code: ECONNRESET) {
                // It closed while this was in its backlog.
            }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Short texts only: they always fit.
    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard bytes.isEmpty || send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(operation: "send", code: errno)
        }
    }

    /// The other end reads the end.
    func endWriting() throws {
        guard shutdown(descriptor, Int32(SHUT_WR)) == 0 else { throw Failure(operation: "shutdown", code: errno) }
    }

    /// What comes next: a datagram or a piece of the stream, empty at its end.
    func readSome() async throws -> String {
        try await Self.onThread { String(decoding: try self.receive(), as: UTF8.self) }
    }

    func readToEnd() async throws -> String {
        try await Self.onThread {
            var all: [UInt8] = []
            while true {
                let bytes = try self.receive()
                if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
                all += bytes
            }
        }
    }

    private func receive() throws -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count < 0 { count = 0 }
        }
        guard !bytes.isEmpty || recv(descriptor, nil, 0, 0) == 0 else { throw Failure(operation: "recv", code: errno) }
        return bytes
    }

    private static func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }

    // MARK: Connecting

    private static func connect(_ host: String, _ port: UInt16, _ type: __socket_type) throws -> Int32 {
        guard host.contains(":") else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            inet_pton(AF_INET, host, &name.sin_addr)
            return try connect(&name, MemoryLayout<sockaddr_in>.size, AF_INET, type)
        }
        var name = sockaddr_in6()
        name.sin6_family = sa_family_t(AF_INET6)
        name.sin6_port = port.bigEndian
        inet_pton(AF_INET6, host, &name.sin6_addr)
        return try connect(&name, MemoryLayout<sockaddr_in6>.size, AF_INET6, type)
    }

    private static func connect(_ path: String) throws -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
            throw Failure(operation: "connect", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let isAbstract = bytes.first == 0
        let start = MemoryLayout<sa_family_t>.size
        return try connect(&name, start + bytes.count + (isAbstract ? 0 : 1), AF_UNIX, SOCK_STREAM)
    }

    private static func connect<Name>(
        _ name: inout Name, _ length: Int, _ family: Int32, _ type: __socket_type
    ) throws -> Int32 {
        let descriptor = socket(family, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(operation: "socket", code: errno) }
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(length))
            }
        }
        guard result == 0 else {
            let failure = Failure(operation: "connect", code: errno)
            close(descriptor)
            throw failure
        }
        return descriptor
    }
}
