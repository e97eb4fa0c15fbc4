// SPDX-License-Identifier: Apache-2.0

/// Who gives a new connection to a worker: `cluster.schedulingPolicy`.
public enum SchedulingPolicy: String, Codable, Sendable, CaseIterable {
    /// The primary accepts and hands over in turn: Node's `SCHED_RR`.
    case roundRobin = "rr"
    /// The workers share the listening socket and the kernel decides: Node's `SCHED_NONE`.
    case none
    /// Each worker has a listening socket of its own, all at one port, and the kernel spreads the connections over
    /// them (SO_REUSEPORT, socket(7)). Only for TCP: unix sockets and inherited descriptors go by `rr`.
    case reuseport
}
