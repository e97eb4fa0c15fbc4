// SPDX-License-Identifier: Apache-2.0

/// One worker's channel.
public struct ChannelStatistics: Hashable, Sendable {
    public internal(set) var traffic: ChannelTraffic
    /// Bytes that wait because the worker does not read.
    public internal(set) var queuedBytes: Int
}
