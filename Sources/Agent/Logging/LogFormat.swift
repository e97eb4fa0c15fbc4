// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Logging
import Shared

/// The form of a line of the log.
enum LogFormat: Sendable {
    /// For people: the time, the level, the logger, the message, and the metadata.
    case text
    /// A JSON object: `time`, `level`, `logger`, `message`, and each piece of metadata under its own name in `metadata`.
    case json

    /// The line with its end.
    func line(
        _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> [UInt8] {
        let line =
            switch self {
            case .text: Self.textLine(level, label, message, metadata)
            case .json: Self.jsonLine(level, label, message, metadata)
            }
        return line + [UInt8(ascii: "\n")]
    }

    private static func textLine(
        _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> [UInt8] {
        let fields = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        // Text from a request or from a worker must not steer the terminal.
        return Array(TerminalSafe.text("\(Timestamp.now) \(level.rawValue) \(label): \(message)\(fields)").utf8)
    }

    private static func jsonLine(
        _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> [UInt8] {
        var fields: [String: JSONValue] = [
            "time": .string("\(Timestamp.now)"), "level": .string(level.rawValue), "logger": .string(label),
            "message": .string(message),
        ]
        if !metadata.isEmpty { fields["metadata"] = .object(metadata.mapValues(jsonValue)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, lists and objects of them can always be encoded.
        return (try? encoder.encode(JSONValue.object(fields))).map(Array.init) ?? []
    }

    private static func jsonValue(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let items): .array(items.map(jsonValue))
        case .dictionary(let fields): .object(fields.mapValues(jsonValue))
        }
    }
}
