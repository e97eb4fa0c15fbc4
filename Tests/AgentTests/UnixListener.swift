// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A unix socket that another program listens on. Its file stays when it closes.
final class UnixListener {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, listen(descriptor, 100) == 0 else {
            throw RawConnection.Failure(description: String(cString: strerror(errno)))
        }
    }

    func close() {
        Glibc.close(descriptor)
    }
}
