// SPDX-License-Identifier: Apache-2.0

import LinuxIO
package import Shared

// What a supervisor needs beyond what every program may use. It runs inside the primary's isolation.
extension Primary {
    /// Calls `observer` with all that happens, on this primary's thread. The primary has then done its own part
    /// already, so the observer may give commands at once. It stays until ``close()``; nil ends it before.
    package func observe(_ observer: (@Sendable (PrimaryNotice) -> Void)?) {
        driver.observe(observer)
    }

    /// Whether the observer is told of messages that say `ready` (``PrimaryNotice/saidReady``).
    package func awaitReadyMessages(_ on: Bool) {
        driver.awaitsReadyMessages = on
    }

    /// The settings with absolute paths of the program and its directory, as they are found now.
    ///
    /// - Throws: `CWD_NOT_FOUND`, `EXEC_NOT_FOUND`, `EXEC_NOT_EXECUTABLE`, `ENV_FILE_NOT_READABLE`
    package func resolve(_ settings: ClusterSettings) throws(ClusterError) -> ResolvedSettings {
        try driver.resolve(settings)
    }

    /// Forks one worker from these settings, and not from those of the primary. The limit on workers does not count.
    ///
    /// - Parameters:
    ///   - environment: set over the configured environment.
    ///   - instance: what the worker is for.
    /// - Throws: as ``fork(count:environment:requestID:)``
    package func forkOne(
        _ settings: ClusterSettings, environment: [String: String], instance: Int, requestID: String?
    ) throws(ClusterError) -> WorkerInfo {
        try SettingsValidator.validate(environment: environment)
        return try driver.forkOne(settings, environment: environment, instance: instance, requestID: requestID)
    }

    /// What `setupPrimary` would make of the settings; nothing changes.
    ///
    /// - Throws: as ``setupPrimary(_:requestID:)``
    package func previewSetup(_ patch: SettingsPatch) throws(ClusterError) -> ClusterSettings {
        if case .set(let urls) = patch.listen { try ListenProblem.check(urls) }
        var machine = driver.machine
        return try machine.setupPrimary(patch, requestID: nil, at: .now)
    }

    /// Like ``setupPrimary(_:requestID:)``, but the supervisor is not told, because it has found these settings to be
    /// good itself.
    package func adopt(_ patch: SettingsPatch, requestID: String?) throws(ClusterError) {
        _ = try driver.perform { machine throws(ClusterError) in
            try machine.setupPrimary(patch, requestID: requestID, at: .now)
        }
    }

    /// Puts a note among the primary's events.
    package func note(_ note: EventNote, requestID: String?) {
        driver.report { $0.note(note, requestID: requestID, at: .now) }
    }

    /// Tells a worker to go because the supervisor wants it. One that is gone is no error.
    ///
    /// - Parameter requestID: the command that led to it.
    package func leave(_ id: WorkerID, _ plan: EndingPlan, requestID: String?) {
        driver.report { $0.leave(id, plan, requestID: requestID, at: .now, now: .now) }
    }

    /// Sends a worker a heartbeat. The answer is a notice with this number. A silent worker gives none.
    package func sendHeartbeat(_ number: Int, to id: WorkerID) -> Bool {
        driver.sendHeartbeat(number, to: id)
    }

    /// Reads what the worker has sent up to now and does what follows from it, before this call returns.
    package func hear(_ id: WorkerID) {
        driver.hear(id)
    }

    /// Whether the worker says nothing on its channel.
    package func isSilent(_ id: WorkerID) -> Bool {
        driver.machine.workers[id]?.isSilent ?? true
    }

    /// Whether somebody has switched the worker's inspector on, by SIGUSR1. A debugger may hold it.
    package func isInspected(_ id: WorkerID) -> Bool {
        driver.isInspected(id)
    }

    /// Takes what the supervisor says of the workers to come.
    package func expect(_ expectation: WorkerExpectation) {
        driver.report { $0.expect(expectation) }
    }

    /// What the kernel says of a worker's process at this moment. Nil if the process is gone.
    package func reading(of id: WorkerID) -> WorkerReading? {
        driver.reading(of: id).map { WorkerReading(residentBytes: $0.residentBytes, isStopped: $0.isStopped) }
    }

    /// The memory that a worker had in RAM within the last second. Nil if its process is gone.
    package func recentResidentBytes(of id: WorkerID) -> Int64? {
        driver.recentReading(of: id)?.residentBytes
    }

    /// Calls `body` on this primary's thread at that moment.
    ///
    /// - Returns: what cancels it.
    package func schedule(at moment: ContinuousClock.Instant, _ body: @escaping @Sendable () -> Void) -> Int {
        loop.schedule(at: moment, body)
    }

    /// Takes a timer back. One that has fired is no error.
    package func cancelTimer(_ timer: Int) {
        loop.cancel(timer)
    }
}

/// What the kernel says of a worker's process.
package struct WorkerReading: Hashable, Sendable {
    /// The memory that it has in RAM.
    package let residentBytes: Int64
    /// Whether a signal has stopped it, or a debugger holds it.
    package let isStopped: Bool
}
