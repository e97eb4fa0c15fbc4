// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// One of the two links to a primary script: lines of JSON in both directions.
final class ScriptLink: UnixChannel.Delegate {
    private var channel: UnixChannel?
    private var splitter = LineSplitter()
    private let onLine: (UnsafeRawBufferPointer) -> Void
    private let onEnd: () -> Void

    /// - Parameters:
    ///   - onLine: gets each line without its end.
    ///   - onEnd: called when the script has closed its end, or has sent a line that is too long.
    init(
        _ descriptor: consuming OwnedFD, loop: EventLoop, onLine: @escaping (UnsafeRawBufferPointer) -> Void,
        onEnd: @escaping () -> Void
    ) throws(IOError) {
        self.onLine = onLine
        self.onEnd = onEnd
        channel = try UnixChannel(descriptor, loop: loop, delegate: self)
    }

    // The loop holds the channel, and the channel does not hold this.
    deinit { channel?.close() }

    /// Bytes that the script has not read.
    var queuedBytes: Int { channel?.queuedBytes ?? 0 }

    func send(_ line: [UInt8]) {
        channel?.send(line)
    }

    func close() {
        channel?.close()
        channel = nil
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        do throws(WireError) {
            try splitter.receive(bytes) { (line) throws(WireError) in onLine(line) }
            if splitter.heldBytes <= ScriptCall.maxBytes { return }
        } catch {
            // It is closed below.
        }
        close()
        onEnd()
    }

    /// None is expected.
    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {}

    func channelDidEnd(_ channel: UnixChannel) {
        self.channel = nil
        onEnd()
    }
}
