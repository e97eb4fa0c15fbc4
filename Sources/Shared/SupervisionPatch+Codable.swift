// SPDX-License-Identifier: Apache-2.0

extension SupervisionPatch: Codable {
    /// The names of the fields in JSON.
    public enum CodingKeys: String, CodingKey, CaseIterable {
        case restart, readyTimeoutMs, minReadyMs, backoffMs, backoffMaxMs, intensity, periodMs, whenGivenUp
        case heartbeatMs, unresponsiveMs, unresponsive, maxMemoryBytes, maxAgeMs, drainTimeoutMs, killTimeoutMs, etag
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        restart = try container.decodeChange(.restart)
        readyTimeoutMs = try container.decodeChange(.readyTimeoutMs)
        minReadyMs = try container.decodeChange(.minReadyMs)
        backoffMs = try container.decodeChange(.backoffMs)
        backoffMaxMs = try container.decodeChange(.backoffMaxMs)
        intensity = try container.decodeChange(.intensity)
        periodMs = try container.decodeChange(.periodMs)
        whenGivenUp = try container.decodeChange(.whenGivenUp)
        heartbeatMs = try container.decodeChange(.heartbeatMs)
        unresponsiveMs = try container.decodeChange(.unresponsiveMs)
        unresponsive = try container.decodeChange(.unresponsive)
        maxMemoryBytes = try container.decodeChange(.maxMemoryBytes)
        maxAgeMs = try container.decodeChange(.maxAgeMs)
        drainTimeoutMs = try container.decodeChange(.drainTimeoutMs)
        killTimeoutMs = try container.decodeChange(.killTimeoutMs)
        etag = try container.decodeIfPresent(String.self, forKey: .etag)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeChange(restart, .restart)
        try container.encodeChange(readyTimeoutMs, .readyTimeoutMs)
        try container.encodeChange(minReadyMs, .minReadyMs)
        try container.encodeChange(backoffMs, .backoffMs)
        try container.encodeChange(backoffMaxMs, .backoffMaxMs)
        try container.encodeChange(intensity, .intensity)
        try container.encodeChange(periodMs, .periodMs)
        try container.encodeChange(whenGivenUp, .whenGivenUp)
        try container.encodeChange(heartbeatMs, .heartbeatMs)
        try container.encodeChange(unresponsiveMs, .unresponsiveMs)
        try container.encodeChange(unresponsive, .unresponsive)
        try container.encodeChange(maxMemoryBytes, .maxMemoryBytes)
        try container.encodeChange(maxAgeMs, .maxAgeMs)
        try container.encodeChange(drainTimeoutMs, .drainTimeoutMs)
        try container.encodeChange(killTimeoutMs, .killTimeoutMs)
        try container.encodeIfPresent(etag, forKey: .etag)
    }
}
