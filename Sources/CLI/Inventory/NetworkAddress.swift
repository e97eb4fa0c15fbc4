// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An IP address: 4 or 16 bytes.
struct NetworkAddress: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Reads what libcurl accepts as an address: IPv6 without brackets, IPv4 also as `127.1` or `0x7f000001`.
    init?(_ text: String) {
        var four = in_addr()
        var sixteen = in6_addr()
        // The zone names the interface, as in `fe80::1%eth0`.
        let withoutZone = text.prefix { $0 != "%" }
        if inet_pton(AF_INET6, String(withoutZone), &sixteen) == 1 {
            let bytes = withUnsafeBytes(of: sixteen) { Array($0) }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
        } else if text.utf8.allSatisfy({ $0 > 0x20 }), inet_aton(text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else {
            return nil
        }
    }

    /// Whether the address means this machine: 127.0.0.0/8, ::1, and the unspecified address, which connects to it as
    /// well.
    var isLoopback: Bool {
        if bytes.count == 4 { return bytes[0] == 127 || bytes == [0, 0, 0, 0] }
        return bytes.dropLast().allSatisfy { $0 == 0 } && (bytes.last ?? 0) <= 1
    }

    func isIn(_ network: NetworkAddress, bits: Int) -> Bool {
        guard bytes.count == network.bytes.count, (0...bytes.count * 8).contains(bits) else { return false }
        let whole = bits / 8
        guard bytes.prefix(whole) == network.bytes.prefix(whole) else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
        return bytes[whole] & mask == network.bytes[whole] & mask
    }

    /// `localhost` and names that end in it never leave the machine (RFC 6761).
    static func isLocalName(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost")
    }
}
