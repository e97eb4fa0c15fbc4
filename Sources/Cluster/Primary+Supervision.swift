// SPDX-License-Identifier: Apache-2.0

import LinuxIO
package import Shared

// What a supervisor needs beyond what every program may use. It runs inside the primary's isolation.
extension Primary {
    /// Calls `observer` with all that happens, on this primary's thread, when the primary has done what follows from it by
    /// itself. The observer may give commands at once. It stays until ``close()``; nil ends it before.
    package func observe(_ observer: (@Sendable (PrimaryNotice) -> Void)?) {
        driver.observe(observer)
    }

    /// Whether workers' messages are read for `saidReady`.
    package func awaitReadyMessages(_ on: Bool) {
        driver.awaitsReadyMessages = on
    }

    /// The settings with the program and its directory as they are found now, to absolute paths.
    ///
    /// - Throws: `CWD_NOT_FOUND`, `EXEC_NOT_FOUND`, `EXEC_NOT_EXECUTABLE`
    package func resolve(_ settings: ClusterSettings) throws(ClusterError) -> ClusterSettings {
        try driver.resolve(settings)
    }

    /// Forks one worker from these settings, and not from those of the primary. The limit on workers does not count.
    ///
    /// - Parameter environment: set over the configured environment.
    /// - Throws: as ``fork(count:environment:requestID:)``
    package func forkOne(
        _ settings: ClusterSettings, environment: [String: String], requestID: String?
    ) throws(ClusterError) -> WorkerInfo {
        try SettingsValidator.validate(environment: environment)
        return try driver.forkOne(settings, environment: environment, requestID: requestID)
    }

    /// Tells a worker to go because the supervisor wants it. One that is gone is no error.
    ///
    /// - Parameter requestID: the command behind that.
    package func leave(_ id: WorkerID, _ plan: EndingPlan, requestID: String?) {
        driver.report { $0.leave(id, plan, requestID: requestID, at: .now, now: .now) }
    }

    /// Asks a worker for a sign of life. The answer is a notice with this number; a silent worker gives none.
    package func sendHeartbeat(_ number: Int, to id: WorkerID) {
        driver.sendHeartbeat(number, to: id)
    }

    /// Whether the worker says nothing on its channel.
    package func isSilent(_ id: WorkerID) -> Bool {
        driver.machine.workers[id]?.isSilent ?? true
    }

    /// Takes what the supervisor says of the workers to come.
    package func expect(_ expectation: WorkerExpectation) {
        driver.report { $0.expect(expectation) }
    }

    /// What the kernel says of a worker's process at this moment; nil if there is none.
    package func reading(of id: WorkerID) -> WorkerReading? {
        driver.reading(of: id).map { WorkerReading(residentBytes: $0.residentBytes, isStopped: $0.isStopped) }
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
