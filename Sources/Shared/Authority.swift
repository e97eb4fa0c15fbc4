// SPDX-License-Identifier: Apache-2.0

/// `HOST` or `HOST:PORT`, as in the header `Host` and in a URL (RFC 3986, 3.2.2 and 3.2.3).
package struct Authority: Hashable, Sendable {
    /// Without brackets.
    package let host: String
    /// Whether the host stands in brackets, as only an IPv6 address does.
    package let isBracketed: Bool
    /// Nil if no port is given. The RFC allows a colon without a port.
    package let port: UInt16?

    /// Nil for anything else, such as a user, a second port or text after a bracket.
    package init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            let address = rest[..<end].dropFirst()
            guard Self.mayBeIPv6(address) else { return nil }
            (host, isBracketed) = (String(address), true)
            rest = rest[end...].dropFirst()
        } else {
            let name = rest.prefix { $0 != ":" }
            guard !name.isEmpty, name.utf8.allSatisfy(Self.mayStandInName) else { return nil }
            (host, isBracketed) = (String(name), false)
            rest = rest.dropFirst(name.count)
        }
        guard let colon = rest.popFirst() else {
            port = nil
            return
        }
        guard colon == ":" else { return nil }
        port = UInt16(digits: rest)
        guard port != nil || rest.isEmpty else { return nil }
    }

    /// By its characters. What stands behind a `%` is the zone.
    private static func mayBeIPv6(_ text: Substring) -> Bool {
        let address = text.utf8.prefix { $0 != UInt8(ascii: "%") }
        let zone = text.utf8.dropFirst(address.count)
        return address.contains(UInt8(ascii: ":")) && zone.allSatisfy(mayStandInName)
            && address.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// RFC 3986, `reg-name`.
    private static func mayStandInName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "-._~%!$&'()*+,;=".utf8.contains(byte)
        }
    }
}
