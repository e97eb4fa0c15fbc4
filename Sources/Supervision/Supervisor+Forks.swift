// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

// How workers are forked.
extension Supervisor {
    func fork(_ ticket: ForkTicket) {
        let environment = configuration.environment(instance: ticket.instance)
        let result: Result<WorkerInfo, ClusterError>
        do throws(ClusterError) {
            let (revision, resolved) = try launchable(ticket.revision, instance: ticket.instance)
            let settings = resolved.settings
            let added = resolved.environment
                .merging(revision.environment) { _, new in new }
                .merging(environment) { _, new in new }
            result = primary.assumeIsolated { primary in
                Swift.Result { () throws(ClusterError) in
                    try primary.forkOne(
                        settings, environment: added, instance: ticket.instance, requestID: ticket.because.origin)
                }
            }
        } catch {
            result = .failure(error)
        }
        switch result {
        case .success(let worker):
            forkError = nil
            processes[worker.id] = ticket.revision
            machine.didFork(ticket.id, worker.id, at: .now)
            startSampling()
        case .failure(let error):
            if forkError?.description != error.description { configuration.onForkFailure(error, ticket.instance) }
            forkError = error
            machine.didFailFork(ticket.id, error, at: .now)
        }
    }

    /// The revision, with its paths found again if they lead nowhere any more.
    private func launchable(
        _ id: RevisionID, instance: Int
    ) throws(ClusterError) -> (WorkerRevision, ResolvedSettings) {
        guard let entry = revisions[id] else {
            throw ClusterError(.internal, .internalError, "revision \(id.rawValue) is forgotten")
        }
        if let resolved = entry.resolved, (try? resolve(resolved.settings)) != nil { return (entry.revision, resolved) }
        let found = try resolve(entry.revision.settings)
        revisions.didResolve(id, to: found)
        if entry.resolved != nil {
            tell(
                SupervisorEvent(
                    time: .now, kind: .resolvedAnew(exec: found.settings.exec ?? ""), because: nil, instance: instance,
                    workerId: nil))
        }
        return (entry.revision, found)
    }

    /// How long forks may keep the loop from everything else.
    static let forkTurn = Duration.milliseconds(1)

    func takeNextTurn() {
        turn = primary.assumeIsolated { primary in
            primary.schedule(at: .now) { [weak self] in self?.assumeIsolated { $0.didBeginTurn() } }
        }
    }

    private func didBeginTurn() {
        turn = nil
        work()
    }

    func cancelTurn() {
        if let turn { primary.assumeIsolated { $0.cancelTimer(turn) } }
        turn = nil
        resumeForkWaiters()
    }

    func resumeForkWaiters() {
        let waiters = forkWaiters
        forkWaiters = []
        for waiter in waiters { waiter.resume() }
    }
}
