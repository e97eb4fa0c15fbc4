// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import LinuxIO

/// Clients of a test's own. A connection to a port of this machine is made by the kernel, so nothing here waits.
enum TestClient {
    /// A connection; the caller closes it.
    static func connect(_ host: String, _ port: UInt16) throws -> Int32 {
        var name4 = sockaddr_in()
        var name6 = sockaddr_in6()
        if inet_pton(AF_INET, host, &name4.sin_addr) == 1 {
            name4.sin_family = sa_family_t(AF_INET)
            name4.sin_port = port.bigEndian
            return try connect(AF_INET, &name4)
        }
        guard inet_pton(AF_INET6, host, &name6.sin6_addr) == 1 else { throw IOError("inet_pton", code: EINVAL) }
        name6.sin6_family = sa_family_t(AF_INET6)
        name6.sin6_port = port.bigEndian
        return try connect(AF_INET6, &name6)
    }

    static func connect(path: String) throws -> Int32 {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        return try connect(AF_UNIX, &name)
    }

    private static func connect<Name>(_ family: Int32, _ name: inout Name) throws -> Int32 {
        let number = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw IOError("socket", code: errno) }
        let result = withUnsafePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<Name>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(number)
            throw IOError("connect", code: code)
        }
        return number
    }
}
