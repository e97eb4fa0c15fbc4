// SPDX-License-Identifier: Apache-2.0

/// One entry of `settings.stdio`: the target of one of the worker's descriptors.
public enum StdioEntry: Hashable, Sendable {
    /// Read by the agent.
    case pipe
    /// `/dev/null`.
    case ignore
    /// The agent's own descriptor of the same number, if the agent was started with it.
    case inherit
    /// The channel to the primary. Exactly one entry must be this, or none if the worker gets no channel.
    case ipc
    /// A descriptor that the agent was started with.
    case descriptor(Int)

    private static let names: [String: StdioEntry] = [
        "pipe": .pipe, "overlapped": .pipe, "ignore": .ignore, "inherit": .inherit, "ipc": .ipc,
    ]
}

extension StdioEntry: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self), number >= 0 {
            self = .descriptor(number)
        } else if let name = try? container.decode(String.self), let entry = Self.names[name] {
            self = entry
        } else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "an entry of stdio is \"pipe\", \"ignore\", \"inherit\", \"ipc\" or a descriptor's number")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .pipe: try container.encode("pipe")
        case .ignore: try container.encode("ignore")
        case .inherit: try container.encode("inherit")
        case .ipc: try container.encode("ipc")
        case .descriptor(let number): try container.encode(number)
        }
    }
}
