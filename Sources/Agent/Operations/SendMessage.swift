// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

extension ClusterOperations {
    /// Sends a worker a message.
    /// - Parameter message: JSON, as the caller wrote it: a worker may care for the order of fields, or take what cannot be
    ///   read here.
    func send(_ message: [UInt8], to id: WorkerID) async throws -> SendOutcome {
        do {
            return try await primary.send(json: message, to: id)
        } catch {
            guard error.reason == .workerNotFound, try await directory.gone(id) != nil else { throw error }
            throw ClusterError(
                .failedPrecondition, .workerNotConnected, "worker \(id) is gone", metadata: ["workerId": "\(id)"])
        }
    }
}
