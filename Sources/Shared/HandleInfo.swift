// SPDX-License-Identifier: Apache-2.0

/// One socket that the primary keeps for its workers.
public struct HandleInfo: Hashable, Codable, Sendable {
    /// What makes workers share it: `address:port:addressType:fd:index`.
    public var key: String
    public var address: String?
    /// The port that it really has, if the worker asked for port 0.
    public var port: Int?
    public var addressType: AddressType
    public var policy: SchedulingPolicy
    public var workers: [WorkerID]
    /// Connections that the primary has accepted and that no worker has yet.
    public var pendingConnections: Int

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
