// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// Where the agent can be reached.
enum Listener: Hashable, Sendable {
    case unix(path: String)
    case tcp(ListenAddress)

    var transport: Transport {
        switch self {
        case .unix: .unix
        case .tcp: .tcp
        }
    }

    var bindAddress: BindAddress {
        switch self {
        case .unix(let path): .unixDomainSocket(path: path)
        case .tcp(let address): .hostname(address.host, port: address.port)
        }
    }
}

extension Listener: CustomStringConvertible {
    /// As in the line that tells that the agent is ready.
    var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let address): "http://\(address)"
        }
    }
}
