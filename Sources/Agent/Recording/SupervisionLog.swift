// SPDX-License-Identifier: Apache-2.0

import Logging
import Shared
import Supervision

/// Logs what somebody should look at: once for each time that it happens, with the instance, the reason and what to do.
struct SupervisionLog: Sendable {
    let logger: Logger

    func note(_ event: SupervisorEvent) {
        var metadata: Logger.Metadata = [:]
        metadata["instance"] = event.instance.map { "\($0)" }
        metadata["worker"] = event.workerId.map { "\($0)" }
        switch event.kind {
        case .gaveUp(let failures, let periodMs):
            metadata["failures"] = "\(failures) in \(periodMs) ms"
            metadata["reason"] = event.because.map { "\($0.reason.rawValue)" }
            logger.error(
                "an instance gave up; see cluster-cli why, and let it try again with scale, restart or reload",
                metadata: metadata)
        case .unresponsive(let forMs):
            metadata["silent"] = "\(forMs) ms"
            logger.warning(
                "a worker does not answer; kill it to get a fresh one, or set unresponsive to restart",
                metadata: metadata)
        case .operationEnded(let info) where info.verdict == .aborted:
            note(info)
        case .scale, .restart, .ready, .responsive, .limit, .resolvedAnew, .operationBegan, .operationProgressed,
            .operationEnded:
            break
        }
    }

    private func note(_ operation: OperationInfo) {
        var metadata: Logger.Metadata = ["operation": "\(operation.id)"]
        metadata["requestId"] = operation.requestId.map { "\($0)" }
        metadata["instance"] = operation.failure.map { "\($0.instance)" }
        metadata["worker"] = operation.failure?.workerId.map { "\($0)" }
        metadata["reason"] = operation.failure.map { "the worker \($0.inWords)" }
        metadata["message"] = operation.failure?.message.map { "\($0)" }
        metadata["kind"] = "\(operation.kind.rawValue)"
        guard operation.kind != .scale else {
            return logger.warning(
                "a scale was aborted: a new worker failed, and is tried again; see cluster-cli why", metadata: metadata)
        }
        logger.warning(
            "an operation was aborted: a new worker failed, and the old workers serve on; see cluster-cli operation",
            metadata: metadata)
    }

    /// No worker could be forked for an instance.
    func noteForkFailure(_ error: ClusterError, instance: Int) {
        logger.error(
            "no worker can be started; set the program right with setupPrimary or reload, or remove the cause",
            metadata: ["instance": "\(instance)", "error": "\(error)"])
    }
}
