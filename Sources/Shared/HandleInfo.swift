// SPDX-License-Identifier: Apache-2.0

/// One socket that the primary keeps for its workers.
public struct HandleInfo: Hashable, Codable, Sendable {
    /// What makes workers share it: `address:port:addressType:fd:index`.
    public var key: String
    /// An IP address or the path of a unix socket. Nil for any address.
    public var address: String?
    /// The port that it really has, if the worker asked for port 0.
    public var port: Int?
    /// What the socket is bound to.
    public var addressType: AddressType
    /// How its workers get connections.
    public var policy: SchedulingPolicy
    /// The workers that use it.
    public var workers: [WorkerID]
    /// Connections that the primary has accepted and that no worker has yet.
    public var pendingConnections: Int
    /// Whether the kernel leaves out sockets of workers that are paused or hang (`reuseport`). Nil under other policies.
    public var steered: Bool?

    /// A socket of these parts.
    public init(
        key: String, address: String?, port: Int?, addressType: AddressType, policy: SchedulingPolicy,
        workers: [WorkerID], pendingConnections: Int
    ) {
        self.key = key
        self.address = address
        self.port = port
        self.addressType = addressType
        self.policy = policy
        self.workers = workers
        self.pendingConnections = pendingConnections
    }
}
