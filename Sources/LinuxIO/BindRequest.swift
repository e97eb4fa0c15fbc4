// SPDX-License-Identifier: Apache-2.0

/// What to bind a socket to.
package enum BindRequest: Hashable, Sendable {
    /// - Parameters:
    ///   - host: an IP address; nil is any address: `::` with IPv4 included, or `0.0.0.0` where the machine has no IPv6.
    ///   - port: 0 takes a free one.
    case tcp(host: String?, port: UInt16, ipv6Only: Bool)
    /// - Parameters:
    ///   - path: one that begins with NUL is an abstract name (unix(7)).
    ///   - readableAll, writableAll: whether everybody may read and write.
    case unix(path: String, readableAll: Bool, writableAll: Bool)
    case udp(host: String?, port: UInt16, ipv6: Bool, ipv6Only: Bool, reuseAddress: Bool)
    /// A socket that the process was started with.
    case inherited(Int32)
}
