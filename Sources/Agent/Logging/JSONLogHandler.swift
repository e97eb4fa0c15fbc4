// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Logging
import Shared

/// Writes a JSON object a line: `time`, `level`, `logger`, `message`, and each piece of metadata under its own name in
/// `metadata`.
struct JSONLogHandler: LogHandler {
    private let label: String
    private let write: @Sendable ([UInt8]) -> Void
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.label = label
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { _, new in new }
        all.merge(event.metadata ?? [:]) { _, new in new }
        write(Self.line(event.level, label, event.message.description, all))
    }

    static func line(
        _ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata
    ) -> [UInt8] {
        var fields: [String: JSONValue] = [
            "time": .string("\(Timestamp.now)"), "level": .string(level.rawValue), "logger": .string(label),
            "message": .string(message),
        ]
        if !metadata.isEmpty { fields["metadata"] = .object(metadata.mapValues(json)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, lists and objects of them can always be written.
        guard let line = try? encoder.encode(JSONValue.object(fields)) else { return [] }
        return Array(line) + [UInt8(ascii: "\n")]
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): .string(value.description)
        case .array(let items): .array(items.map(json))
        case .dictionary(let fields): .object(fields.mapValues(json))
        }
    }
}
