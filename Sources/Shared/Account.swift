// SPDX-License-Identifier: Apache-2.0

/// A user or a group, by number or by name: `settings.uid`, `settings.gid`.
public enum Account: Hashable, Sendable {
    case number(UInt32)
    case name(String)
}

extension Account: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The kernel takes the largest for "no change" (setuid(2)).
        if let number = try? container.decode(UInt32.self), number != .max {
            self = .number(number)
        } else if let name = try? container.decode(String.self) {
            self = .name(name)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "it must be a name, or a number from 0 to \(UInt32.max - 1)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .name(let name): try container.encode(name)
        }
    }
}
