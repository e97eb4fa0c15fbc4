// SPDX-License-Identifier: Apache-2.0

/// A datagram and its sender.
public struct Datagram: Hashable, Sendable {
    /// What was sent.
    public let bytes: [UInt8]
    /// The sender's IP address.
    public let host: String
    /// The sender's port.
    public let port: UInt16
}
