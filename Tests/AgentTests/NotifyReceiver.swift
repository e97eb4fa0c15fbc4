// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import Agent

/// A service manager's end of sd_notify(3), under a name that no file has.
final class NotifyReceiver: Sendable {
    /// As in NOTIFY_SOCKET.
    let address: String
    private let descriptor: Int32

    init() throws {
        address = "@cluster-test-" + [UInt8].random(8).hex
        descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = [0] + Array(address.utf8.dropFirst())
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + bytes.count
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(length)) }
        }
        guard result == 0 else { throw RawConnection.Failure(description: String(cString: strerror(errno))) }
    }

    deinit { close(descriptor) }

    /// A datagram is there as soon as it is sent, so nobody needs to wait.
    func messages() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return messages }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}
