// SPDX-License-Identifier: Apache-2.0

import Shared

/// Several workers that are forked one by one. If hundreds were forked at once, connections and other commands would
/// wait.
struct ForkOrder {
    /// Names an order.
    struct ID: Hashable {
        let rawValue: Int
    }

    /// As they were when the order came: all its workers are alike.
    let settings: ClusterSettings
    let environment: [String: String]
    let requestID: String?
    /// What a supervised worker is forked for; nil for others.
    var instance: Int?
    /// What its workers are started with. It is kept for those that are still to be made.
    let sockets: [HandleID]
    /// Workers that are still to be made; at least one.
    var remaining: Int
}

extension ClusterError {
    /// All workers were told to go while some were being forked.
    static func forkWithdrawn(count: Int, forked: [WorkerID]) -> ClusterError {
        ClusterError(
            .aborted, .forkWithdrawn,
            "all workers were told to disconnect when \(forked.count) of \(count) had been forked, and the rest were not; "
                + "fork again for more",
            metadata: ["count": "\(count)", "forked": "\(forked.count)"])
    }
}

extension PrimaryStateMachine {
    /// Takes an order for workers (`cluster.fork`). ``forkNext(_:at:)`` makes them.
    ///
    /// - Throws: `EXEC_NOT_SET`, `TOO_MANY_WORKERS`, `SHUTTING_DOWN`
    mutating func orderFork(
        count: Int, environment: [String: String], requestID: String?
    ) throws(ClusterError) -> ForkOrder.ID {
        precondition(count > 0, "an order for nobody")
        try checkFork(count: count)
        if expectation == nil { intent = .workers }
        return order(count, settings, environment, requestID)
    }

    /// Takes the supervisor's order for one worker. The limit on workers does not count here: while one worker replaces
    /// another there is one more, and the supervisor has a limit of its own.
    ///
    /// - Throws: `EXEC_NOT_SET`, `SHUTTING_DOWN`
    mutating func orderSupervisedFork(
        _ settings: ClusterSettings, environment: [String: String], instance: Int, requestID: String?
    ) throws(ClusterError) -> ForkOrder.ID {
        try checkRunning()
        try settings.checkExec()
        return order(1, settings, environment, requestID, instance: instance)
    }

    mutating func order(
        _ count: Int, _ settings: ClusterSettings, _ environment: [String: String], _ requestID: String?,
        instance: Int? = nil
    ) -> ForkOrder.ID {
        policyPhase = .frozen
        let id = nextForkOrderID()
        forkOrders[id] = ForkOrder(
            settings: settings, environment: environment, requestID: requestID, instance: instance,
            sockets: inheritedSockets(of: settings), remaining: count)
        return id
    }

    /// Makes the order's next worker.
    ///
    /// - Returns: nil if the order has been withdrawn.
    mutating func forkNext(_ id: ForkOrder.ID, at time: Timestamp) -> WorkerID? {
        guard var order = forkOrders[id] else { return nil }
        order.remaining -= 1
        forkOrders[id] = order.remaining > 0 ? order : nil
        return fork(order, at: time)
    }

    /// Forgets an order that could not be carried out to its end.
    mutating func withdrawFork(_ id: ForkOrder.ID) {
        guard forkOrders.removeValue(forKey: id) != nil else { return }
        closeAbandonedHandles()
    }

    /// Workers that are ordered and not forked yet.
    var orderedWorkers: Int { forkOrders.values.reduce(0) { $0 + $1.remaining } }
}

extension ClusterSettings {
    /// - Throws: `EXEC_NOT_SET`
    func checkExec() throws(ClusterError) {
        guard exec == nil else { return }
        throw ClusterError(
            .failedPrecondition, .execNotSet, "there is nothing to run: name a program with setupPrimary (exec)")
    }
}
