// SPDX-License-Identifier: Apache-2.0

import Shared
import WorkerLogs

extension WorkerOutput.Options {
    private enum Capture: String, CaseIterable {
        case on, off
    }

    /// - Throws: `StartupError` if a value is invalid.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        self.init()
        isCaptured = try reader.value(.logsCapture, "on or off") { Capture(rawValue: $0) } != .off
        if let value = try reader.value(.logsForward, "raw, json or none", { LogForward(rawValue: $0) }) {
            forward = value
        }
        if let size = try Self.size(.logsSegmentBytes, reader) { limits.segmentBytes = size }
        if let size = try Self.size(.logsMaxBytes, reader) { limits.maxBytes = size }
        if let limit = try reader.value(
            .logsMaxAge, "an age such as 7d, 12h, or none",
            { text in RetentionLimit(text) { Age($0).map { Duration.milliseconds($0.milliseconds) } } })
        {
            limits.maxAge = limit.value
        }
    }

    /// Less would leave no room for one read of all workers.
    private static let least: Int64 = 1 << 20

    private static func size(_ key: ConfigurationKey, _ reader: ConfigurationReader) throws(StartupError) -> Int? {
        try reader.value(key, "a size of at least 1M, such as 16M, 2G") { text in
            ByteCount(text).flatMap { $0.bytes >= least ? Int($0.bytes) : nil }
        }
    }

    /// As the file may have it.
    func value(of key: ConfigurationKey) -> JSONValue? {
        switch key {
        case .logsCapture: .string(isCaptured ? "on" : "off")
        case .logsForward: .string(forward.rawValue)
        case .logsSegmentBytes: .integer(Int64(limits.segmentBytes))
        case .logsMaxBytes: .integer(Int64(limits.maxBytes))
        case .logsMaxAge: RetentionLimit<Duration>.text(limits.maxAge)
        default: nil
        }
    }
}
