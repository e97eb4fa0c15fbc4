// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The file of a unix socket of a test's own.
enum SocketFile {
    /// Binds a socket there, which does not listen.
    static func bind(_ path: String, _ type: __socket_type) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw SocketClient.Failure(operation: "bind", code: code)
        }
        return descriptor
    }

    /// Leaves a file there as a server does that is killed.
    static func leaveBehind(_ path: String) throws {
        close(try bind(path, SOCK_STREAM))
    }
}
