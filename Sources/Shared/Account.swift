// SPDX-License-Identifier: Apache-2.0

/// A user or a group, by number or by name: `settings.uid`, `settings.gid`.
public enum Account: Hashable, Sendable {
    case number(UInt32)
    case name(String)
}

extension Account: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(UInt32.self) {
            self = .number(number)
        } else {
            self = .name(try container.decode(String.self))
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
