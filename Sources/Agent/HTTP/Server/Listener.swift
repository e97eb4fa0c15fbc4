// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore

/// An address at which the agent can be reached.
enum Listener: Hashable, Sendable {
    case unix(path: String)
    case tcp(ListenAddress)
    /// TCP with TLS.
    case tls(ListenAddress)

    var transport: Transport {
        switch self {
        case .unix: .unix
        case .tcp, .tls: .tcp
        }
    }

    var bindAddress: BindAddress {
        switch self {
        case .unix(let path): .unixDomainSocket(path: SocketFile.draft(of: path))
        case .tcp(let address), .tls(let address): .hostname(address.host, port: address.port)
        }
    }

    /// This listener with the port that the kernel chose, if it asked for any port.
    func bound(to address: SocketAddress?) -> Listener {
        guard let port = address?.port else { return self }
        return switch self {
        case .unix: self
        case .tcp(let asked): .tcp(ListenAddress(host: asked.host, port: port))
        case .tls(let asked): .tls(ListenAddress(host: asked.host, port: port))
        }
    }
}

extension Listener: CustomStringConvertible {
    /// As in the line that says that the agent is ready.
    var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let address): "http://\(address)"
        case .tls(let address): "https://\(address)"
        }
    }
}

/// How a request came in.
enum Transport: Sendable {
    /// The data directory's socket. The kernel names the caller.
    case unix
    case tcp
}
