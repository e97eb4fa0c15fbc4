// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared

// The use cases of operations.
extension ClusterOperations {
    func operation(_ id: OperationID) async throws -> OperationInfo {
        try await archive.operation(id)
    }

    /// The operation once it is done, or as it is when time runs out.
    func wait(for id: OperationID, _ request: WaitRequest) async throws -> OperationInfo {
        let deadline = try Deadline(timeoutMs: request.timeoutMs, clock: clock)
        let operation = try await archive.operation(id)
        guard !operation.done else { return operation }
        do {
            return try await deadline.run { try await supervisor.wait(for: id) }.naming
        } catch let error as ClusterError where error.reason == .deadlineExceeded {
            return try await archive.operation(id)
        }
    }

    /// Cancels an operation. One that has ended stays as it is.
    func cancel(_ id: OperationID, for command: Command) async throws -> OperationInfo {
        do {
            return try await supervisor.cancel(id, origin: command.cause).naming
        } catch  where error.reason == .operationNotFound {
            return try await archive.operation(id)
        }
    }
}
