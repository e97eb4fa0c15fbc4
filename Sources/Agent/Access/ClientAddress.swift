// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The address by which a client is counted: an IPv4 address, or the 64 bits of an IPv6 address that a provider gives
/// to one customer (RFC 6177).
struct ClientAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Nil for anything but an IP address, such as a unix socket.
    init?(_ address: SocketAddress?) {
        guard let text = address?.ipAddress, let address = IPAddress(text) else {
            return nil
        }
        self.init(address)
    }

    init(_ address: IPAddress) {
        // An IPv4 client of a dual-stack socket (RFC 4291, 2.5.5.2).
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]
        if address.bytes.starts(with: mapped) {
            bytes = Array(address.bytes.suffix(4))
        } else {
            bytes = Array(address.bytes.prefix(8))
        }
    }
}
