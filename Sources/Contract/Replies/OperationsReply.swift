// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/operations`: the operation that is under way, then the last ones that ended, newest first.
public struct OperationsReply: Hashable, Codable, Sendable {
    public var operations: [OperationInfo]

    public init(operations: [OperationInfo]) {
        self.operations = operations
    }
}
