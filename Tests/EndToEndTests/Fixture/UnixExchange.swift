// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// Sends bytes to a unix socket, each on a connection of its own, and waits until the other end closes it.
enum UnixExchange {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Returns: how many were answered with anything.
    /// - Throws: an error if one is not closed within half a minute.
    static func run(_ requests: [[UInt8]], over path: String) async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try requests.count { try exchange($0, over: path) > 0 } })
            }
        }
    }

    private static func exchange(_ bytes: [UInt8], over path: String) throws -> Int {
        let descriptor = try connect(path)
        defer { close(descriptor) }
        var left = bytes[...]
        while !left.isEmpty {
            let count = left.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // The agent may have heard enough.
            guard count > 0 else { break }
            left.removeFirst(count)
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var received = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 || (count < 0 && errno == ECONNRESET) { return received }
            guard count > 0 else {
                throw Failure(
                    description:
                        "\(String(cString: strerror(errno))) after \(received) bytes; sent: \(Data(bytes).base64EncodedString())"
                )
            }
            received += count
        }
    }

    private static func connect(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, result == 0 else {
            let problem = String(cString: strerror(errno))
            close(descriptor)
            throw Failure(description: "connect: \(problem)")
        }
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return descriptor
    }
}
