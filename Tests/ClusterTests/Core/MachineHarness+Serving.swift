// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

/// Workers that serve one port.
extension MachineHarness {
    /// - Returns: the workers, each of an instance of its own.
    static func serving(
        _ policy: SchedulingPolicy, workers count: Int, isSticky: Bool = false
    ) throws -> (MachineHarness, [WorkerID]) {
        let cluster = MachineHarness {
            $0.settings.schedulingPolicy = policy
            if isSticky { $0.steering.stickiness = .address }
        }
        let workers = try (0..<count).map { try cluster.forkOnline(instance: $0) }
        for worker in workers {
            cluster.query(worker)
            cluster.listen(worker)
        }
        return (cluster, workers)
    }

    /// Where a new connection comes to.
    func placeOfNext() -> ConnectionModel.Place? {
        connections[accept()]?.place
    }

    /// Whether connections wait that a worker will take.
    func holdsConnections(_ id: HandleID) -> Bool { machine.holdsConnections(id) }

    /// A worker of this socket that owes an answer for some connection.
    func nextToAnswer(_ id: HandleID) -> WorkerID? {
        workers.filter { $0.value.serving.contains(id) && !$0.value.deliveries.isEmpty }.keys.min()
    }

    func onlyHandle() throws -> (id: HandleID, model: HandleModel) {
        let first = try #require(handles.first)
        return (first.key, first.value)
    }
}
