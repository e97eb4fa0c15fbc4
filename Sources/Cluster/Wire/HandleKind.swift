// SPDX-License-Identifier: Apache-2.0

/// Node's kind of a descriptor in a program's message (`lib/internal/child_process.js`, `handleConversion`).
enum HandleKind: Hashable, Sendable {
    case socket
    case server
    case datagram(ipv6: Bool)

    /// `type` in the message.
    var name: String {
        switch self {
        case .socket: "net.Socket"
        case .server: "net.Server"
        case .datagram: "dgram.Socket"
        }
    }

    /// `dgramType` in the message.
    var datagramType: String? {
        switch self {
        case .socket, .server: nil
        case .datagram(let ipv6): ipv6 ? "udp6" : "udp4"
        }
    }
}
