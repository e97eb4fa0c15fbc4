// SPDX-License-Identifier: Apache-2.0

import Shared

/// The use cases: what can be done with the cluster, whatever front asks for it. Each command is run by `CommandRunner`.
struct ClusterOperations: Sendable {
    let primary: any ClusterPrimary
    let directory: WorkerDirectory
    /// Nil: numbers are not reserved.
    var numbers: NumberReserve?
    let clock: any Clock<Duration>

    /// Changes the settings of the workers that are forked from now on.
    func setupPrimary(_ patch: SettingsPatch, for command: Command) async throws -> ClusterSettings {
        await numbers?.require(revisions: 1)
        return try await primary.setupPrimary(patch, requestID: command.cause)
    }
}
