// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

// What monitoring is told.
extension Driver {
    var statistics: PrimaryStatistics {
        var all = counted
        let load = WorkerLoad(machine, handles)
        for (id, port) in ports {
            let instance = machine.workers[id]?.info.instance
            let reading = recentReading(of: id)
            // A process that has ended is gone from /proc while its last output is read, and a counter may not go back.
            let cpu = exits[id]?.cpu ?? reading?.cpu ?? .zero
            all.add(port.answered, port.traffic, cpu: cpu, of: instance)
            all.instances[instance]?.unanswered += load.unanswered[id] ?? 0
            all.instances[instance]?.waiting += load.waiting[id] ?? 0
            all.instances[instance]?.queuedBytes += port.queuedBytes
            all.instances[instance]?.residentBytes += reading?.residentBytes ?? 0
        }
        for (instance, count) in machine.returnedConnections {
            all.connections.returned += count
            all.instances[instance, default: InstanceStatistics()].connections.returned += count
        }
        return all
    }

    /// What these workers do now. Those that have ended are left out.
    func figures(of ids: [WorkerID]) -> [WorkerID: WorkerFigures] {
        let load = WorkerLoad(machine, handles)
        var figures: [WorkerID: WorkerFigures] = [:]
        for id in ids {
            guard let port = ports[id] else { continue }
            let reading = recentReading(of: id)
            figures[id] = WorkerFigures(
                connections: WorkerFigures.Connections(
                    handedOver: port.answered.handedOver, declined: port.answered.declined,
                    unanswered: load.unanswered[id] ?? 0, waiting: load.waiting[id]),
                cpuMs: reading.map { Int64($0.cpu / .milliseconds(1)) }, residentBytes: reading?.residentBytes)
        }
        return figures
    }

    /// What the kernel said of a worker's process within the last second. Nil if the process is gone.
    func recentReading(of id: WorkerID) -> ProcessReading? {
        readings.reading(of: id, at: .now) { reading(of: id) }
    }
}

/// The connections that workers have before them.
private struct WorkerLoad {
    /// Sent and not answered.
    private(set) var unanswered: [WorkerID: Int] = [:]
    /// In their own sockets.
    private(set) var waiting: [WorkerID: Int] = [:]

    init(_ machine: PrimaryStateMachine, _ handles: HandlePorts) {
        for handover in machine.handovers { unanswered[handover.worker, default: 0] += 1 }
        for (id, handle) in machine.handles {
            for (worker, slot) in handle.slots?.held ?? [] {
                waiting[worker, default: 0] += handles[id]?.socket(slot)?.backlog ?? 0
            }
        }
    }
}
