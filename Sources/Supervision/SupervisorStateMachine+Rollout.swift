// SPDX-License-Identifier: Apache-2.0

import Shared

// How a reload or a restart replaces workers.
extension SupervisorStateMachine {
    /// Takes each instance as far as its worker and the limits allow.
    mutating func advanceRollout(_ rollout: Rollout, at moment: Moment) {
        var room = RolloutRoom(rollout)
        for number in operation?.underWay.sorted() ?? [] {
            if isGood(number, at: moment) {
                finishStep(number, rollout, at: moment)
            } else if case .replacing = instances[number]?.state {
                room.surge -= 1
            } else {
                room.unavailable -= 1
            }
        }
        beginSteps(rollout, &room, at: moment)
        guard let operation, operation.isComplete else { return }
        complete(operation, rollout, at: moment)
    }

    /// Whether the instance's new worker has been ready for long enough. If it is ready, asks to be woken then.
    private mutating func isGood(_ number: Int, at moment: Moment) -> Bool {
        let new: WorkerID? =
            switch instances[number]?.state {
            case .running(let worker): worker
            case .replacing(_, by: .worker(let worker)): worker
            case .replacing, .forking, .backingOff, .gaveUp, nil: nil
            }
        guard let new, let goodAt = workers[new]?.goodAt else { return false }
        guard goodAt <= moment.instant else {
            wake(at: goodAt)
            return false
        }
        return true
    }

    private mutating func finishStep(_ number: Int, _ rollout: Rollout, at moment: Moment) {
        if case .replacing(let old, by: _) = instances[number]?.state, let operation {
            self.operation?.departures.insert(old)
            retire(old, rollout.ladder, because: operation.cause)
        }
        mark(number, .replaced, at: moment)
    }

    /// Begins to replace the workers of instances that wait, those that are not ready first: they have nothing to lose.
    private mutating func beginSteps(_ rollout: Rollout, _ room: inout RolloutRoom, at moment: Moment) {
        guard let waiting = operation?.waiting, !waiting.isEmpty else { return }
        // Usually there is no room. Only an instance without a worker needs none.
        guard room.surge > 0 || rollout.unavailable > 0 || waiting.contains(where: { instances[$0]?.isEmpty == true })
        else { return }
        room.spare = readyCount - rollout.floor
        let ready = waiting.filter { number in instances[number].map { isReady($0) } ?? false }
        for number in waiting.subtracting(ready).sorted() + ready.sorted() {
            beginStep(number, rollout, &room, at: moment)
        }
    }

    /// Begins to replace the worker of this instance, if there is room.
    private mutating func beginStep(_ number: Int, _ rollout: Rollout, _ room: inout RolloutRoom, at moment: Moment) {
        guard let operation, let instance = instances[number] else { return }
        switch instance.state {
        case .forking, .replacing:
            // Its turn comes when it has a worker.
            break
        case .backingOff, .gaveUp:
            // An instance whose worker has crashed meanwhile gets the old revision again, until the new one has proved
            // good.
            guard rollout.down.contains(number) || instance.state == .gaveUp || operation.hasReplaced else { return }
            if instance.state == .gaveUp { instances[number]?.streak.forgive() }
            room.unavailable -= 1
            mark(number, .underWay, at: moment)
            refill(number, with: rollout.revision, because: operation.cause)
        case .running(let worker):
            if room.surge > 0 {
                room.surge -= 1
                mark(number, .underWay, at: moment)
                succeed(worker, with: rollout.revision, because: operation.cause, at: moment)
            } else if room.takeWithout(isReady: isReady(instance), rollout) {
                mark(number, .underWay, at: moment)
                self.operation?.departures.insert(worker)
                leave(worker, rollout.ladder, because: operation.cause)
                report(
                    .restart(attempt: 0, delayMs: 0), because: operation.cause, instance: number, worker: worker,
                    at: moment)
                refill(number, with: rollout.revision, because: operation.cause)
            }
        }
    }

    /// All instances have their new workers. A reload makes sure that these still work.
    private mutating func complete(_ operation: Operation, _ rollout: Rollout, at moment: Moment) {
        if operation.targets.isEmpty, let rejection = rollout.rejection {
            // No worker can show that the release is better now.
            self.operation?.failure = rejection
            act(.judge(rollout.revision.id, .bad))
            return finish(.aborted, at: moment)
        }
        if operation.kind == .reload {
            let areReady = operation.targets.keys.allSatisfy { number in instances[number].map { isReady($0) } ?? false
            }
            guard areReady else { return }
            revisions.accept(rollout.revision)
            if !operation.targets.isEmpty { revisions.didBecomeReady(rollout.revision.id) }
            act(.judge(rollout.revision.id, .good))
        }
        drain(at: moment)
    }
}

/// How many more instances may be replaced at this moment.
private struct RolloutRoom {
    /// Of those that get the new worker first.
    var surge: Int
    /// Of those whose old worker goes first.
    var unavailable: Int
    /// Instances that are ready beyond those that must be.
    var spare = 0

    init(_ rollout: Rollout) {
        surge = rollout.surge
        unavailable = rollout.unavailable
    }

    /// Whether an old worker may go before the new one is there. One that is not ready may, if workers may be missing at all.
    mutating func takeWithout(isReady: Bool, _ rollout: Rollout) -> Bool {
        guard isReady ? unavailable > 0 && spare > 0 : rollout.unavailable > 0 else { return false }
        unavailable -= 1
        if isReady { spare -= 1 }
        return true
    }
}
