// SPDX-License-Identifier: Apache-2.0

/// Where a worker listens: the data of Node's `listening` event.
public struct ListeningAddress: Hashable, Codable, Sendable {
    /// An IP address, a socket's path, or nil for any address.
    public var address: String?
    /// The port, -1 for a unix socket.
    public var port: Int?
    /// What the server is bound to.
    public var addressType: AddressType
    /// The inherited descriptor, if the worker listens on one.
    public var fd: Int?

    /// An address of these parts.
    public init(address: String?, port: Int?, addressType: AddressType, fd: Int? = nil) {
        self.address = address
        self.port = port
        self.addressType = addressType
        self.fd = fd
    }

    enum CodingKeys: String, CodingKey {
        case address, port, addressType, fd
    }

    /// Absent values are written as null, so that a client always finds the four fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(address, forKey: .address)
        try container.encode(port, forKey: .port)
        try container.encode(addressType, forKey: .addressType)
        try container.encode(fd, forKey: .fd)
    }
}
