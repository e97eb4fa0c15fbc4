// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// An event's content: a JSON object whose fields depend on the event's type.
public enum EventData: Sendable {
    case value(JSONValue)
    /// One line of JSON in UTF-8 that is passed on as it is. A worker's message may hold what no `JSONValue` can: half
    /// of a surrogate pair, numbers of any length, a thousand levels.
    case text([UInt8])

    /// The most bytes of JSON that are shown or stored as an event's data. A gap stands in place of a larger message.
    public static let maxBytes = 32 << 20

    /// Nil if it holds something that cannot be read.
    public var value: JSONValue? {
        switch self {
        case .value(let value): value
        case .text(let text): try? JSONDecoder().decode(JSONValue.self, from: Data(text))
        }
    }

    /// One line of JSON in UTF-8.
    public func json() throws -> [UInt8] {
        switch self {
        case .value(let value): [UInt8](try Event.encoder.encode(value))
        case .text(let text): text
        }
    }

    /// The field with this name. Nil if the field is missing or cannot be read.
    public subscript(field: String) -> JSONValue? { value?[field] }
}

extension EventData: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .value(.object(Dictionary(elements) { _, last in last }))
    }
}

/// Compares the content, however it is stored.
extension EventData: Hashable {
    public static func == (left: EventData, right: EventData) -> Bool {
        if case .text(let left) = left, case .text(let right) = right, left == right { return true }
        guard let left = left.value, let right = right.value else { return false }
        return left == right
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(value)
    }
}

extension EventData: Codable {
    public init(from decoder: any Decoder) throws {
        self = .value(try JSONValue(from: decoder))
    }

    /// Fails for content that cannot be read. `Event.json()` does not fail.
    public func encode(to encoder: any Encoder) throws {
        guard let value else {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "a text that can only be passed on"))
        }
        try value.encode(to: encoder)
    }
}
