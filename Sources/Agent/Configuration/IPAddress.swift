// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// An IP address. Names are not looked up.
struct IPAddress: Hashable, Sendable {
    /// `AF_INET` or `AF_INET6`.
    let family: Int32
    /// The bytes in network order: 4 or 16.
    let bytes: [UInt8]

    /// Nil unless `text` is an address as inet_pton(3) reads it. An IPv6 address may have a zone.
    init?(_ text: String) {
        guard let text = text.contains(":") ? AddressZone.address(of: text) : text else { return nil }
        for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: size)
            if inet_pton(family, text, &bytes) == 1 {
                self.family = family
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    /// Whether it is in 127.0.0.0/8 (RFC 1122, 3.2.1.3) or ::1 (RFC 4291, 2.5.3).
    var isLoopback: Bool {
        family == AF_INET ? bytes.first == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
}
