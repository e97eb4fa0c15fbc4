// SPDX-License-Identifier: Apache-2.0

public import Cluster

/// Where a worker listens, together with the other workers that ask for the same.
public enum WorkerAddress: Hashable, Sendable {
    /// - Parameter host: an address or a name; nil is any address.
    case port(Int, host: String? = nil)
    /// A unix socket.
    case path(String)
}

extension Worker {
    /// Listens there.
    ///
    /// - Throws: as ``Cluster/Worker/listen(port:host:backlog:exclusive:ipv6Only:reusePort:maxConnections:)``.
    public func listen(_ address: WorkerAddress, backlog: Int? = nil) async throws(ClusterError) -> WorkerListener {
        switch address {
        case .port(let port, let host): try await listen(port: port, host: host, backlog: backlog)
        case .path(let path): try await listen(path: path, backlog: backlog)
        }
    }
}
