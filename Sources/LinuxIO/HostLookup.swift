// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// Finds the address behind a name (getaddrinfo(3)). It asks the network and may block for seconds.
package enum HostLookup {
    /// The first address, as Node's `dns.lookup` takes it; an IP address comes back as it is.
    ///
    /// - Parameter family: nil takes either.
    /// - Throws: EADDRNOTAVAIL if the name has no address.
    package static func address(of host: String, family: SocketName.Family?) throws(IOError) -> (
        text: String, family: SocketName.Family
    ) {
        if let address = try? SocketAddress(host: host, port: 0) {
            return (host, address.family == AF_INET ? .ipv4 : .ipv6)
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        switch family {
        case .ipv4: hints.ai_family = AF_INET
        case .ipv6: hints.ai_family = AF_INET6
        case nil: break
        }
        var found: UnsafeMutablePointer<addrinfo>?
        defer { if let found { freeaddrinfo(found) } }
        guard getaddrinfo(host, nil, &hints, &found) == 0, let name = found?.pointee.ai_addr,
            let result = SocketName(UnsafeRawPointer(name), length: Int(found?.pointee.ai_addrlen ?? 0))
        else { throw IOError("getaddrinfo", .addressNotAvailable) }
        return (result.address, result.family)
    }
}
