// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/operations`: the one that is under way and those that ended last, newest first.
public struct OperationsReply: Hashable, Codable, Sendable {
    public var operations: [OperationInfo]

    public init(operations: [OperationInfo]) {
        self.operations = operations
    }
}
