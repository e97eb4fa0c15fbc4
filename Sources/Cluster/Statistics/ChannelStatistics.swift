// SPDX-License-Identifier: Apache-2.0

/// One worker's channel.
public struct ChannelStatistics: Hashable, Sendable {
    public internal(set) var traffic: ChannelTraffic
    /// Bytes that wait because the worker does not read.
    public internal(set) var queuedBytes: Int
}

/// Frames and bytes between the primary and workers, of Node's internal messages as well as of the programs' own.
public struct ChannelTraffic: Hashable, Sendable {
    public internal(set) var sentMessages: UInt64 = 0
    public internal(set) var sentBytes: UInt64 = 0
    public internal(set) var receivedMessages: UInt64 = 0
    public internal(set) var receivedBytes: UInt64 = 0

    static func += (left: inout ChannelTraffic, right: ChannelTraffic) {
        left.sentMessages += right.sentMessages
        left.sentBytes += right.sentBytes
        left.receivedMessages += right.receivedMessages
        left.receivedBytes += right.receivedBytes
    }
}
