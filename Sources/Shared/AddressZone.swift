// SPDX-License-Identifier: Apache-2.0

/// The network interface behind an IPv6 address that is valid on one link only: `fe80::1%eth0` (RFC 4007, section 11).
package enum AddressZone {
    /// With a plain `%` where a URL has `%25` (RFC 6874). Number 25 alone is an interface.
    package static func unescaped(_ host: some StringProtocol) -> String {
        guard let mark = host.firstIndex(of: "%") else { return String(host) }
        let zone = host[host.index(after: mark)...]
        guard zone.hasPrefix("25"), zone.count > 2 else { return String(host) }
        return String(host[...mark]) + String(zone.dropFirst(2))
    }

    /// The address alone; nil if a `%` has no zone behind it.
    package static func address(of host: some StringProtocol) -> String? {
        guard let mark = host.firstIndex(of: "%") else { return String(host) }
        return host.index(after: mark) == host.endIndex ? nil : String(host[..<mark])
    }
}
