// SPDX-License-Identifier: Apache-2.0

/// The id of an operation. Its name in the API is `operations/ID`.
public struct OperationID: RawRepresentable, Hashable, Codable, Sendable {
    public let rawValue: String

    /// - Parameter rawValue: see ``init(_:)``; it is not checked.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// - Parameter text: 1 to 40 small letters and digits, so that it can stand in a path and on a command line.
    /// - Returns: nil if it is anything else.
    public init?(_ text: some StringProtocol) {
        guard (1...40).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
        else { return nil }
        rawValue = String(text)
    }
}

extension OperationID: CustomStringConvertible {
    public var description: String { rawValue }
}
