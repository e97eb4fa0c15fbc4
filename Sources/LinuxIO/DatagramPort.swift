// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A bound datagram socket whose calls never block. Used on the loop's thread alone.
package final class DatagramPort {
    private let socket: BoundSocket
    private let loop: EventLoop
    package let watch: SocketWatch

    package init(_ socket: consuming BoundSocket, loop: EventLoop) {
        watch = SocketWatch(socket.descriptor.number, loop: loop)
        self.loop = loop
        self.socket = socket
    }

    package var name: SocketName? { socket.name }

    /// The next datagram and who sent it; nil if none waits.
    package func receive() throws(IOError) -> (bytes: [UInt8], from: SocketName)? {
        let number = socket.descriptor.number
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // The scratch has room for the largest datagram (udp(7)). What is returned takes no more than it needs, because a
        // program may keep thousands.
        let buffer = loop.scratch
        let result = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                var result: Int
                repeat {
                    result = recvfrom(number, buffer.baseAddress, buffer.count, 0, name, &length)
                } while result < 0 && errno == EINTR
                return result
            }
        }
        guard result >= 0 else {
            let code = Errno(rawValue: errno)
            // An ICMP answer to what was sent before (udp(7)); the socket goes on.
            if code == .wouldBlock || code == .connectionRefused { return nil }
            throw IOError("recvfrom", code)
        }
        guard let name = withUnsafePointer(to: storage, { SocketName($0) }) else { return nil }
        return (Array(buffer[..<result]), name)
    }

    /// False if the socket has no room for it now.
    ///
    /// - Throws: EINVAL if `host` is no IP address, EMSGSIZE if the datagram is too large.
    package func send(_ bytes: [UInt8], to host: String, port: UInt16) throws(IOError) -> Bool {
        let address = try SocketAddress(host: host, port: port)
        do {
            try address.send(bytes, from: socket.descriptor)
            return true
        } catch  where error.errno == .wouldBlock {
            return false
        }
    }
}
