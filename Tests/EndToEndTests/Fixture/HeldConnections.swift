// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Connections to a port of this machine on which nothing is sent, or one request.
final class HeldConnections {
    struct Failure: Error {
        let code: Int32
    }

    private var descriptors: [Int32] = []

    init(_ count: Int, to port: UInt16, request: String = "") throws {
        Self.raiseFileLimit()
        do {
            for _ in 0..<count {
                let descriptor = try Self.connect(to: port)
                descriptors.append(descriptor)
                // It may be refused already.
                _ = request.withCString { send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
            }
        } catch {
            close()
            throw error
        }
    }

    /// Returns when something has come on each, or when it has closed.
    func awaitAnswer() {
        for descriptor in descriptors {
            var query = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&query, 1, -1)
        }
    }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        descriptors = []
    }

    private static func connect(to port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw Failure(code: code)
        }
        return descriptor
    }

    /// The usual soft limit of 1024 is not enough.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
