// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

extension ClusterOperations {
    /// Sends a worker a message.
    /// - Parameter message: JSON as the caller wrote it. A worker may care about the order of fields, or understand
    ///   what we cannot.
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
