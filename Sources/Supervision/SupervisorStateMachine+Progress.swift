// SPDX-License-Identifier: Apache-2.0

import Shared

// How an operation goes on.
extension SupervisorStateMachine {
    /// Begins whatever is possible now.
    mutating func settle(at moment: Moment) {
        advanceOperation(at: moment)
        advanceUpkeep(at: moment)
        exitIfAllGaveUp()
    }

    private mutating func advanceOperation(at moment: Moment) {
        switch operation?.work {
        case .scaling: advanceScaling(at: moment)
        case .rolling(let rollout): advanceRollout(rollout, at: moment)
        case .draining: finishIfDrained(at: moment)
        case .aborting(_, until: let until):
            if until <= moment.instant { finish(.aborted, at: moment) } else { wake(at: until) }
        case nil: break
        }
    }

    private mutating func advanceScaling(at moment: Moment) {
        guard operation?.isComplete == true else { return }
        drain(at: moment)
    }

    /// A worker is ready, which may be all that a scale waits for.
    mutating func noteReady(_ number: Int, at moment: Moment) {
        guard operation?.work == .scaling, operation?.targets[number]?.state == .underWay else { return }
        mark(number, .replaced, at: moment)
    }

    /// Everything is in place. Old workers may still have to end.
    mutating func drain(at moment: Moment) {
        operation?.work = .draining
        finishIfDrained(at: moment)
    }

    private mutating func finishIfDrained(at moment: Moment) {
        guard let operation, operation.work == .draining, operation.departures.isEmpty else { return }
        finish(.succeeded, at: moment)
    }

    /// An instance's part of the operation has changed.
    mutating func mark(_ number: Int, _ state: OperationProgress.Step.State, at moment: Moment) {
        guard var target = operation?.targets[number] else { return }
        target.state = state
        operation?.set(number, target)
        guard let operation else { return }
        report(
            .operationProgressed(operation.id, operation.progress(of: number)), because: operation.cause,
            instance: number, worker: operation.targets[number]?.worker, at: moment)
    }

    /// An instance has got a worker, which may be the one that its operation waits for.
    mutating func noteWorker(_ worker: WorkerID, in number: Int, at moment: Moment) {
        guard operation?.targets[number]?.state == .underWay else { return }
        operation?.set(number, Operation.Target(state: .underWay, worker: worker))
        mark(number, .underWay, at: moment)
    }

    /// The operation has nothing more to do with this instance, because it is gone.
    mutating func dropTarget(_ number: Int, at moment: Moment) {
        guard operation?.remove(number) == true, operation?.targets.isEmpty == true else { return }
        switch operation?.work {
        case .scaling, .rolling: finish(.cancelled, at: moment)
        case .draining, .aborting, nil: break
        }
    }

    /// Whether the operation fails if this worker does.
    func decides(_ record: SupervisedWorker) -> Bool {
        instances[record.instance]?.position(of: record.id)?.isNew == true
            && operation?.dependsOn(record.instance, record.revision.id) == true
    }
}
