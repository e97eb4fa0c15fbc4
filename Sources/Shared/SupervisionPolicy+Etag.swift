// SPDX-License-Identifier: Apache-2.0

extension SupervisionPolicy {
    /// Names exactly these rules; a client sends it back to change only what it has seen.
    public var etag: String {
        let numbers = [
            readyTimeoutMs, minReadyMs, backoffMs, backoffMaxMs, intensity, periodMs, heartbeatMs, unresponsiveMs,
            drainTimeoutMs, killTimeoutMs, maxAgeMs ?? -1,
        ]
        let words = [restart.rawValue, whenGivenUp.rawValue, unresponsive.rawValue, "\(maxMemoryBytes ?? -1)"]
        var hash = StableHash()
        hash.combine((words + numbers.map(String.init)).joined(separator: " ").utf8)
        return "\"\(String(hash.value, radix: 16))\""
    }
}
