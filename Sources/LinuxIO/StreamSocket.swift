// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A connected stream socket whose calls never block. Used on the loop's thread alone.
package final class StreamSocket {
    private let descriptor: OwnedFD
    private let loop: EventLoop
    package let watch: SocketWatch

    package init(_ descriptor: consuming OwnedFD, loop: EventLoop) throws(IOError) {
        try descriptor.setNonblocking()
        self.descriptor = descriptor
        self.loop = loop
        watch = SocketWatch(self.descriptor.number, loop: loop)
    }

    /// What is there now, at most `count` bytes and at most 64 KiB; empty at the end of the stream, nil if nothing has
    /// come yet. It takes no more memory than it needs: a program may keep thousands of small parts.
    package func read(upTo count: Int) throws(IOError) -> [UInt8]? {
        let buffer = loop.scratch
        let size = min(max(1, count), buffer.count)
        var result: Int
        repeat { result = recv(descriptor.number, buffer.baseAddress, size, 0) } while result < 0 && errno == EINTR
        guard result < 0 else { return Array(buffer[..<result]) }
        let code = Errno(rawValue: errno)
        if code == .wouldBlock { return nil }
        throw IOError("recv", code)
    }

    /// How many of the bytes from `offset` on the kernel has taken; it may be none.
    package func write(_ bytes: [UInt8], from offset: Int) throws(IOError) -> Int {
        let number = descriptor.number
        let result = bytes.withUnsafeBytes { bytes in
            var result: Int
            repeat {
                result = send(number, bytes.baseAddress! + offset, bytes.count - offset, Int32(MSG_NOSIGNAL))
            } while result < 0 && errno == EINTR
            return result
        }
        guard result < 0 else { return result }
        let code = Errno(rawValue: errno)
        if code == .wouldBlock { return 0 }
        throw IOError("send", code)
    }

    /// Says that nothing more will be written.
    package func finishWriting() {
        _ = shutdown(descriptor.number, Int32(SHUT_WR))
    }
}
