// SPDX-License-Identifier: Apache-2.0

/// What to bind a socket to.
package enum BindRequest: Hashable, Sendable {
    /// - Parameters:
    ///   - host: an IP address; nil is any address: `::` with IPv4 included, or `0.0.0.0` if the machine has no IPv6.
    ///   - port: 0 takes a free one.
    ///   - reusePort: several sockets of this user may be bound to the same address (socket(7), SO_REUSEPORT).
    case tcp(host: String?, port: UInt16, ipv6Only: Bool, reusePort: Bool = false)
    /// - Parameters:
    ///   - path: one that begins with NUL is an abstract name (unix(7)).
    ///   - readableAll, writableAll: whether everybody may read and write.
    case unix(path: String, readableAll: Bool, writableAll: Bool)
    case udp(host: String?, port: UInt16, ipv6: Bool, ipv6Only: Bool, reuseAddress: Bool)
    /// A socket that the process was started with. Others may have it too, so its flags are left as they are.
    case inherited(Int32, datagrams: Bool)

    /// Finds an address that the kernel cannot have: a host that is not an IP address, or a path that is too long.
    /// Binds nothing.
    package func check() throws(IOError) {
        switch self {
        case .tcp(let host, let port, _, _), .udp(let host, let port, _, _, _):
            if let host { _ = try SocketAddress(host: host, port: port) }
        case .unix(let path, _, _):
            _ = try SocketAddress(path: path)
        case .inherited:
            break
        }
    }

    /// The same request with another TCP port. A request without a TCP port stays the same.
    package func at(port: UInt16) -> BindRequest {
        guard case .tcp(let host, _, let ipv6Only, let reusePort) = self else { return self }
        return .tcp(host: host, port: port, ipv6Only: ipv6Only, reusePort: reusePort)
    }
}
