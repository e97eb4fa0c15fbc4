// SPDX-License-Identifier: Apache-2.0

import History
import Shared

extension HistoryRetention {
    /// - Throws: `StartupError` if a value is invalid.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        self.init()
        if let limit = try Self.age(.historyMaxAge, reader) { maxAge = limit.value }
        if let limit = try Self.age(.historyMaxWorkerAge, reader) { maxWorkerAge = limit.value }
        if let limit = try reader.value(
            .historyMaxEvents, "a number from 1, or none",
            { text in RetentionLimit(text) { Int(digits: $0).flatMap { $0 > 0 ? $0 : nil } } })
        {
            maxEvents = limit.value
        }
        if let limit = try reader.value(
            .historyMaxBytes, "a size such as 500M, 2G, or none",
            { text in RetentionLimit(text) { ByteCount($0)?.bytes } })
        {
            maxBytes = limit.value
        }
        messages = try reader.flag(.historyMessages)
    }

    private static func age(
        _ key: ConfigurationKey, _ reader: ConfigurationReader
    ) throws(StartupError) -> RetentionLimit<Duration>? {
        try reader.value(key, "an age such as 30d, 12h, or none") { text in
            RetentionLimit(text) { Age($0).map { .milliseconds($0.milliseconds) } }
        }
    }

    /// The value as the file may have it.
    func value(of key: ConfigurationKey) -> JSONValue? {
        switch key {
        case .historyMaxAge: RetentionLimit<Duration>.text(maxAge)
        case .historyMaxWorkerAge: RetentionLimit<Duration>.text(maxWorkerAge)
        case .historyMaxEvents: maxEvents.map { .integer(Int64($0)) } ?? "none"
        case .historyMaxBytes: maxBytes.map(JSONValue.integer) ?? "none"
        case .historyMessages: .bool(messages)
        default: nil
        }
    }
}
