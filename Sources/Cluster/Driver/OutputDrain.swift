// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// Reads what a worker writes into a pipe and throws it away, so that the worker never waits for a reader.
final class OutputDrain: UnixChannel.Delegate {
    private var channel: UnixChannel?

    init(_ descriptor: consuming OwnedFD, loop: EventLoop) throws(IOError) {
        channel = try UnixChannel(descriptor, loop: loop, delegate: self)
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {}
    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {}

    func channelDidEnd(_ channel: UnixChannel) {
        self.channel = nil
    }

    func close() {
        channel?.close()
        channel = nil
    }
}
