// SPDX-License-Identifier: Apache-2.0

/// Who has printed a line. In JSON it is the instance's number, null, or `"primary"`.
public enum OutputSource: Hashable, Sendable {
    /// The workers of a numbered place, one after the other.
    case instance(Int)
    /// The workers that a primary script has forked.
    case forked
    /// The primary script itself.
    case primary
}

extension OutputSource: LosslessStringConvertible {
    public var description: String {
        switch self {
        case .instance(let number): "\(number)"
        case .forked: "forked"
        case .primary: "primary"
        }
    }

    /// Nil if the text is neither a number nor one of the words.
    public init?(_ text: String) {
        switch text {
        case "primary": self = .primary
        case "forked": self = .forked
        default:
            guard let number = Int32(digits: text) else { return nil }
            self = .instance(Int(number))
        }
    }

    /// As it stands in JSON.
    package var json: String {
        switch self {
        case .instance(let number): "\(number)"
        case .forked: "null"
        case .primary: #""primary""#
        }
    }
}

extension OutputSource: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .forked
        } else if let number = try? container.decode(Int.self) {
            self = .instance(number)
        } else if try container.decode(String.self) == "primary" {
            self = .primary
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither a number nor primary")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .instance(let number): try container.encode(number)
        case .forked: try container.encodeNil()
        case .primary: try container.encode("primary")
        }
    }
}
