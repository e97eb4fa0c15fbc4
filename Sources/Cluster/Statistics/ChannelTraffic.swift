// SPDX-License-Identifier: Apache-2.0

/// Frames and bytes between the primary and workers, of Node's internal messages as well as of the programs' own.
public struct ChannelTraffic: Hashable, Sendable {
    /// Frames from the primary to workers.
    public internal(set) var sentMessages: UInt64 = 0
    /// Bytes from the primary to workers.
    public internal(set) var sentBytes: UInt64 = 0
    /// Frames from workers to the primary.
    public internal(set) var receivedMessages: UInt64 = 0
    /// Bytes from workers to the primary.
    public internal(set) var receivedBytes: UInt64 = 0

    static func += (left: inout ChannelTraffic, right: ChannelTraffic) {
        left.sentMessages += right.sentMessages
        left.sentBytes += right.sentBytes
        left.receivedMessages += right.receivedMessages
        left.receivedBytes += right.receivedBytes
    }
}
