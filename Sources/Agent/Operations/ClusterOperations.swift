// SPDX-License-Identifier: Apache-2.0

import Shared
import Supervision

/// The use cases: what can be done with the cluster, whichever front asks for it. `CommandRunner` runs each command.
struct ClusterOperations: Sendable {
    let primary: any ClusterPrimary
    let supervisor: any ClusterSupervisor
    let directory: WorkerDirectory
    let archive: OperationArchive
    /// Nil if numbers are not reserved.
    var numbers: NumberReserve?
    /// Nil if changes are not stored.
    var state: StateKeeper?
    let clock: any Clock<Duration>

    /// Changes the settings of the workers that are forked from now on.
    func setupPrimary(_ patch: SettingsPatch, for command: Command) async throws -> ClusterSettings {
        await numbers?.require(revisions: 1)
        return try await primary.setupPrimary(patch, requestID: command.cause)
    }
}

extension OperationRequest {
    /// The request for the operation that this command begins.
    init(_ command: Command, force: Bool?) {
        self.init(
            id: OperationID(rawValue: [UInt8].random(5).hex), origin: command.cause,
            conflict: force == true ? .cancelOther : .refuse)
    }
}

extension OperationInfo {
    /// The operation as clients see it. The supervisor carries the request id and the caller as one text, and this
    /// takes it apart. Doing so twice changes nothing.
    var naming: OperationInfo {
        guard let origin = requestId.map(CommandOrigin.init(carried:)) else { return self }
        var named = self
        named.requestId = origin.requestID
        named.principal = origin.principal ?? principal
        return named
    }
}
