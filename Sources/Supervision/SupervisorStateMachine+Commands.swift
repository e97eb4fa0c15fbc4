// SPDX-License-Identifier: Apache-2.0

public import Shared

// What callers ask for that takes effect at once. Operations have a file of their own.
extension SupervisorStateMachine {
    /// Begins with as many workers as the configuration says.
    ///
    /// - Throws: `INVALID_FIELD`, if these are too many or no revision was set up.
    public mutating func start(workers count: Int, at moment: Moment) throws(ClusterError) {
        try checkRunning()
        try check(workers: count)
        changeDesired(to: count, because: SupervisorCause(.start), at: moment)
    }

    /// Settings have changed. They hold for the next fork if no worker of the old settings was ever ready, or if no
    /// worker is wanted. Otherwise they wait for a reload, or until no worker is wanted, so that untried settings do
    /// not mix with those that work.
    public mutating func setUp(_ revision: Revision) {
        revisions.setUp(revision, hasInstances: !instances.isEmpty)
    }

    /// A reload has tried the settings that wait, and they have failed.
    public mutating func dropSetUp() {
        revisions.dropPending()
    }

    /// Changes the policy. Times that run already, such as a backoff, do not change.
    ///
    /// - Throws: `INVALID_FIELD` with the field, if workers cannot be kept by these rules.
    public mutating func supervise(_ policy: SupervisionPolicy, at moment: Moment) throws(ClusterError) {
        try checkRunning()
        try policy.validate()
        self.policy = policy
        nextBeat = nil
        postponeIfLate(at: moment)
        lookAtTheClock(at: moment)
    }

    /// Somebody tells this worker to disconnect: one worker fewer is wanted, and its instance goes.
    ///
    /// - Returns: false if the worker is not supervised, or was told to leave before. The supervisor then does nothing.
    @discardableResult
    public mutating func disconnect(_ worker: WorkerID, origin: String?, at moment: Moment) -> Bool {
        guard phase == .running, let instance = workers[worker]?.instance else { return false }
        remove([instance], because: SupervisorCause(.disconnect, origin: origin), at: moment)
        settle(at: moment)
        return true
    }

    /// Somebody tells all workers to disconnect: no worker is wanted any more.
    public mutating func disconnectAll(origin: String?, at moment: Moment) {
        guard phase == .running else { return }
        remove(Array(instances.keys), because: SupervisorCause(.disconnectAll, origin: origin), at: moment)
        settle(at: moment)
    }

    /// The agent stops. The primary ends all workers, and no worker is forked from here on. An operation that is under way
    /// is interrupted. One that only waited for old workers to end has succeeded, and one that had failed is aborted.
    public mutating func stop(at moment: Moment) {
        guard phase == .running else { return }
        switch operation?.work {
        case .draining: finish(.succeeded, at: moment)
        case .aborting: finish(.aborted, at: moment)
        case .scaling, .rolling, nil: finish(.interrupted, at: moment)
        }
        phase = .stopped
        for ticket in forks.keys.sorted(by: { $0.rawValue < $1.rawValue }) { withdraw(ticket) }
    }

    func checkRunning() throws(ClusterError) {
        guard phase == .running else {
            throw ClusterError(.unavailable, .shuttingDown, "the agent is stopping and takes no commands")
        }
    }

    func check(workers count: Int) throws(ClusterError) {
        guard (0...maxInstances).contains(count) else {
            throw ClusterError(
                .invalidArgument, .invalidField, "workers must be 0 to \(maxInstances)",
                metadata: ["field": "workers", "maxWorkers": "\(maxInstances)"])
        }
        guard count == 0 || revisions.good != nil else {
            throw ClusterError(
                .failedPrecondition, .execNotSet, "there is nothing to run: name a program with setupPrimary (exec)")
        }
    }
}
