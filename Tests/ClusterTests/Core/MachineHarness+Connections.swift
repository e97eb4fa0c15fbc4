// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// The account of each connection, kept beside the machine's own.
extension MachineHarness {
    func takeDelivery(_ id: WorkerID) -> WorkerModel.Delivery? {
        guard workers[id]?.deliveries.isEmpty == false else { return nil }
        return workers[id]?.deliveries.removeFirst()
    }

    func decline(_ id: WorkerID, _ delivery: WorkerModel.Delivery) {
        connections[delivery.connection]?.place = .waiting
        if workers[id]?.serving.contains(delivery.handle) == true { workers[id]?.resting.insert(delivery.handle) }
    }

    func forgetRest(_ id: WorkerID, _ handle: HandleID) {
        workers[id]?.resting.remove(handle)
    }

    func didLoseChannel(_ id: WorkerID) {
        guard workers[id]?.isConnected == true else { return }
        beginToFinish(id)
        loseDeliveries(id)
    }

    /// What it was sent before it may still answer.
    func beginToFinish(_ id: WorkerID) {
        workers[id]?.isConnected = false
        workers[id]?.serving = []
        workers[id]?.resting = []
    }

    func loseDeliveries(_ id: WorkerID) {
        for delivery in workers[id]?.deliveries ?? [] { connections[delivery.connection]?.place = .waiting }
        workers[id]?.deliveries = []
    }

    func handOver(_ connection: ConnectionID, _ handle: HandleID, _ id: WorkerID, _ sequence: Int) {
        require(connections[connection]?.place == .waiting, "\(connection) is handed out while it does not wait")
        require(connections[connection]?.handle == handle, "\(connection) changes its socket")
        require(handles[handle]?.phase == .open, "\(connection) comes through a socket that is not open")
        checkChoice(of: id, handle)
        connections[connection]?.place = .inFlight(id)
        workers[id]?.deliveries.append(.init(connection: connection, handle: handle, sequence: sequence))
    }

    /// The worker serves the socket, has room, does not rest, and nobody else who could take it has fewer.
    private func checkChoice(of id: WorkerID, _ handle: HandleID) {
        guard let worker = workers[id] else { return violations.append("\(id) does not exist") }
        require(worker.serving.contains(handle), "\(id) gets a connection of a socket that it does not serve")
        require(worker.isConnected, "\(id) gets a connection over a closed channel")
        require(!worker.resting.contains(handle), "\(id) gets a connection while it rests")
        require(machine.workers[id]?.obstacles.isEmpty != false, "\(id) gets a connection despite its obstacles")
        let unanswered = worker.unanswered(handle)
        let queue = machine.handles[handle]?.queue
        let window = queue?.isClosing == true ? ConnectionQueue.closingWindow : ConnectionQueue.window
        require(unanswered < window, "\(id) gets more than it may leave unanswered")
        guard !machine.steering.isSticky else { return }
        for (other, model) in workers
        where model.serving.contains(handle) && !model.resting.contains(handle)
            && machine.workers[other]?.obstacles.isEmpty != false
        {
            // One that has not answered for long may have fewer.
            let member = queue?.members.first { $0.worker == other }
            if let member, queue?.window(of: member) ?? 0 <= model.unanswered(handle) { continue }
            require(
                model.unanswered(handle) >= unanswered,
                "\(id) with \(unanswered) unanswered is preferred to \(other) with \(model.unanswered(handle))")
        }
    }

    /// A connection is closed once: when a worker has it, or when its socket was given up on purpose.
    func closeConnection(_ connection: ConnectionID) {
        guard let model = connections[connection] else {
            return violations.append("\(connection) is closed but was never accepted")
        }
        switch model.place {
        case .accepted: break
        case .waiting, .unread:
            require(machine.handles[model.handle] == nil, "\(connection) is closed while it waits")
        case .inFlight(let id): violations.append("\(connection) is closed while it is on its way to \(id)")
        case .closed: violations.append("\(connection) is closed twice")
        }
        connections[connection]?.place = .closed
    }
}
