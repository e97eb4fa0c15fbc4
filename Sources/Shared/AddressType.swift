// SPDX-License-Identifier: Apache-2.0

/// The kind of address of a worker's server, in Node's own notation: the numbers 4, 6 and -1 or the strings `udp4` and
/// `udp6` (Node `lib/net.js`, `lib/dgram.js`).
public enum AddressType: Hashable, Sendable, CaseIterable {
    case tcp4
    case tcp6
    /// A unix domain socket or an inherited descriptor.
    case pipe
    case udp4
    case udp6

    /// Datagram sockets are shared by the workers whatever the policy is.
    public var isDatagram: Bool { self == .udp4 || self == .udp6 }
}

extension AddressType: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let notation =
            if let number = try? container.decode(Int.self) { String(number) } else {
                try container.decode(String.self)
            }
        guard let type = AddressType(notation) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "an address type is 4, 6, -1, \"udp4\" or \"udp6\"")
        }
        self = type
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .tcp4: try container.encode(4)
        case .tcp6: try container.encode(6)
        case .pipe: try container.encode(-1)
        case .udp4: try container.encode("udp4")
        case .udp6: try container.encode("udp6")
        }
    }
}

extension AddressType: LosslessStringConvertible {
    public init?(_ description: String) {
        guard let type = Self.allCases.first(where: { $0.description == description }) else { return nil }
        self = type
    }

    /// As Node puts it into a handle's key.
    public var description: String {
        switch self {
        case .tcp4: "4"
        case .tcp6: "6"
        case .pipe: "-1"
        case .udp4: "udp4"
        case .udp6: "udp6"
        }
    }
}
