// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A connection of a test's own to a port of this machine. Calls block their thread, so they run on one of
/// their own and not in the pool that the tests share.
public enum TCPClient {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Connects, sends `request` and returns all that comes until the other end closes.
    public static func exchange(port: UInt16, _ request: String, host: String = "127.0.0.1") async throws -> String {
        try await onThread {
            let socket = try connect(host: host, port: port)
            defer { close(socket) }
            try write(request, to: socket)
            return try readAll(from: socket)
        }
    }

    /// A GET whose connection closes after the answer; returns the body.
    public static func get(port: UInt16, path: String = "/", host: String = "127.0.0.1") async throws -> String {
        let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        let reply = try await exchange(port: port, request, host: host)
        guard let end = reply.range(of: "\r\n\r\n") else { throw Failure(description: "no HTTP reply: \(reply)") }
        return String(reply[end.upperBound...])
    }

    private static func onThread<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }

    private static func connect(host: String, port: UInt16) throws -> Int32 {
        let isIPv6 = host.contains(":")
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket") }
        var result: Int32
        if isIPv6 {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            inet_pton(AF_INET6, host, &name.sin6_addr)
            result = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        } else {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            inet_pton(AF_INET, host, &name.sin_addr)
            result = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        guard result == 0 else {
            let failure = failure("connect")
            close(descriptor)
            throw failure
        }
        // A reply that never comes fails its test instead of holding it up.
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }

    private static func write(_ text: String, to socket: Int32) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw failure("send") }
            bytes.removeFirst(count)
        }
    }

    private static func readAll(from socket: Int32) throws -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count == 0 { return String(decoding: all, as: UTF8.self) }
            guard count > 0 else { throw failure("read") }
            all += buffer[..<count]
        }
    }

    private static func failure(_ operation: String) -> Failure {
        Failure(description: "\(operation): \(String(cString: strerror(errno)))")
    }
}
