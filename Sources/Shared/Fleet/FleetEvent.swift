// SPDX-License-Identifier: Apache-2.0

/// An event of one of the fleet's agents: the contract's `FleetEvent`.
public struct FleetEvent: Hashable, Sendable {
    /// The agent's name; `#7` for one whose row in the registry is gone.
    public var agent: String
    /// The event, as its agent has it.
    public var event: Event
    /// Where a watch goes on after this event. Nil in a page.
    public var cursor: String?

    /// An event of an agent.
    public init(agent: String, event: Event, cursor: String? = nil) {
        self.agent = agent
        self.event = event
        self.cursor = cursor
    }

    /// One line of JSON in UTF-8: the event's own, with `agent` and `cursor` before its fields.
    public func json() throws -> [UInt8] {
        var head: [String: JSONValue] = ["agent": .string(agent)]
        if let cursor { head["cursor"] = .string(cursor) }
        let own = try EventData.value(.object(head)).json()
        // Both are objects, and neither is empty.
        return own.dropLast() + [UInt8(ascii: ",")] + (try event.json().dropFirst())
    }
}

extension FleetEvent: Codable {
    private enum CodingKeys: CodingKey {
        case agent, cursor
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        agent = try container.decode(String.self, forKey: .agent)
        cursor = try container.decodeIfPresent(String.self, forKey: .cursor)
        event = try Event(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(agent, forKey: .agent)
        try container.encodeIfPresent(cursor, forKey: .cursor)
        try event.encode(to: encoder)
    }
}
