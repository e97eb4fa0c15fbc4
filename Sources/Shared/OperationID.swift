// SPDX-License-Identifier: Apache-2.0

/// The id of an operation. Its name in the API is `operations/ID`.
public struct OperationID: RawRepresentable, Hashable, Codable, Sendable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }
}

extension OperationID: CustomStringConvertible {
    public var description: String { rawValue }
}
