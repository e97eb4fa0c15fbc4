// SPDX-License-Identifier: Apache-2.0

import Glibc

@testable import LinuxIO

/// One end of a channel, used on the loop's thread, and what it was told.
final class ChannelEnd: UnixChannel.Delegate {
    enum Notice: Hashable, Sendable {
        case bytes([UInt8])
        /// A descriptor, by the inode of its file.
        case descriptor(UInt64)
        /// A frame, with so many that have descriptors behind it.
        case leftOut(Int)
        case ended
    }

    private let onNotice: (Notice, ChannelEnd) -> Void
    private(set) var channel: UnixChannel?

    /// Adopts the socket `number`.
    init(_ number: Int32, _ loop: EventLoop, onNotice: @escaping (Notice, ChannelEnd) -> Void) throws {
        self.onNotice = onNotice
        channel = try UnixChannel(OwnedFD(number), loop: loop, delegate: self)
    }

    func close() {
        channel?.close()
        channel = nil
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        onNotice(.bytes(Array(bytes)), self)
    }

    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {
        onNotice(.descriptor(inode(of: descriptor.number)), self)
    }

    func channel(_ channel: UnixChannel, didLeaveOutBefore others: Int) {
        onNotice(.leftOut(others), self)
    }

    func channelDidEnd(_ channel: UnixChannel) {
        onNotice(.ended, self)
    }
}

/// What tells one open file from another.
func inode(of number: Int32) -> UInt64 {
    var status = stat()
    return fstat(number, &status) == 0 ? UInt64(status.st_ino) : 0
}
