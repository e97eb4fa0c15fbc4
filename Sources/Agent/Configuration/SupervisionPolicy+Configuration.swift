// SPDX-License-Identifier: Apache-2.0

import Shared

extension SupervisionPolicy {
    /// - Throws: `StartupError` if a value is wrong, or if two contradict each other.
    init(_ reader: ConfigurationReader) throws(StartupError) {
        self.init()
        restart = try Self.word(.restart, reader) ?? restart
        readyTimeoutMs = try Self.time(.readyTimeout, reader) ?? readyTimeoutMs
        minReadyMs = try Self.time(.minReady, reader) ?? minReadyMs
        backoffMs = try Self.time(.backoff, reader) ?? backoffMs
        backoffMaxMs = try Self.time(.backoffMax, reader) ?? max(backoffMaxMs, backoffMs)
        intensity = try reader.integer(.intensity, in: 0...1000) ?? intensity
        periodMs = try Self.time(.period, reader) ?? periodMs
        whenGivenUp = try Self.word(.whenGivenUp, reader) ?? whenGivenUp
        heartbeatMs = try Self.time(.heartbeat, reader) ?? heartbeatMs
        unresponsiveMs = try Self.time(.unresponsiveAfter, reader) ?? unresponsiveMs
        unresponsive = try Self.word(.unresponsive, reader) ?? unresponsive
        drainTimeoutMs = try Self.time(.drainTimeout, reader) ?? drainTimeoutMs
        killTimeoutMs = try Self.time(.killTimeout, reader) ?? killTimeoutMs
        maxMemoryBytes = try reader.value(.maxMemory, "a size such as 512M, 2G, or none") { text in
            RetentionLimit(text) { ByteCount($0)?.bytes }
        }?.value
        maxAgeMs = try reader.value(.maxAge, PolicyTime.form + ", or none") { text in
            RetentionLimit(text) { PolicyTime($0)?.milliseconds }
        }?.value
        do {
            try validate()
        } catch {
            let field = error.metadata["field"] ?? ""
            let key = Self.keys[field] ?? .restart
            throw reader.conflict(between: key, problem: "\(reader.name(of: key)): \(error.message)")
        }
    }

    /// The configuration's keys by the names of the API.
    private static let keys: [String: ConfigurationKey] = [
        "readyTimeoutMs": .readyTimeout, "minReadyMs": .minReady, "backoffMs": .backoff,
        "backoffMaxMs": .backoffMax, "intensity": .intensity, "periodMs": .period, "heartbeatMs": .heartbeat,
        "unresponsiveMs": .unresponsiveAfter, "maxMemoryBytes": .maxMemory, "maxAgeMs": .maxAge,
        "drainTimeoutMs": .drainTimeout, "killTimeoutMs": .killTimeout,
    ]

    private static func time(
        _ key: ConfigurationKey, _ reader: ConfigurationReader
    ) throws(StartupError) -> Int? {
        try reader.value(key, PolicyTime.form) { PolicyTime($0) }?.milliseconds
    }

    private static func word<Value: RawRepresentable<String> & CaseIterable>(
        _ key: ConfigurationKey, _ reader: ConfigurationReader
    ) throws(StartupError) -> Value? {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return try reader.value(key, "one of \(words)") { Value(rawValue: $0) }
    }

    /// The value as the file may have it.
    func value(of key: ConfigurationKey) -> JSONValue? {
        func time(_ milliseconds: Int) -> JSONValue { .string("\(PolicyTime(milliseconds: milliseconds))") }
        return switch key {
        case .restart: .string(restart.rawValue)
        case .readyTimeout: time(readyTimeoutMs)
        case .minReady: time(minReadyMs)
        case .backoff: time(backoffMs)
        case .backoffMax: time(backoffMaxMs)
        case .intensity: .integer(Int64(intensity))
        case .period: time(periodMs)
        case .whenGivenUp: .string(whenGivenUp.rawValue)
        case .heartbeat: time(heartbeatMs)
        case .unresponsiveAfter: time(unresponsiveMs)
        case .unresponsive: .string(unresponsive.rawValue)
        case .maxMemory: maxMemoryBytes.map(JSONValue.integer) ?? "none"
        case .maxAge: maxAgeMs.map(time) ?? "none"
        case .drainTimeout: time(drainTimeoutMs)
        case .killTimeout: time(killTimeoutMs)
        default: nil
        }
    }
}
