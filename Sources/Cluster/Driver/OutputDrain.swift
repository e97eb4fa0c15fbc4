// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// Reads what a worker writes into a pipe of its settings and keeps only the end of it, so that the worker never waits for a
/// reader.
final class OutputDrain: UnixChannel.Delegate {
    private var channel: UnixChannel?
    /// Nil if the end is not wanted either.
    private var tail: OutputTail?

    /// - Parameter keepsTail: whether ``lastText()`` is wanted.
    init(_ descriptor: consuming OwnedFD, loop: EventLoop, keepsTail: Bool) throws(IOError) {
        tail = keepsTail ? OutputTail() : nil
        channel = try UnixChannel(descriptor, loop: loop, delegate: self)
    }

    /// The end of what has been written up to now; nil if that is not kept.
    func lastText() -> String? {
        // `drain()` may find the end and set `channel` to nil, so this call keeps the channel.
        let channel = channel
        if tail != nil { channel?.drain() }
        return tail?.text
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        tail?.append(bytes)
    }

    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {}

    func channelDidEnd(_ channel: UnixChannel) {
        self.channel = nil
    }

    func close() {
        channel?.close()
        channel = nil
    }
}
