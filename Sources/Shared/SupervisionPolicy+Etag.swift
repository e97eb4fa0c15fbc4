// SPDX-License-Identifier: Apache-2.0

extension SupervisionPolicy {
    /// Names exactly these rules; a client sends it back to change only what it has seen.
    public var etag: String {
        let numbers = [
            readyTimeoutMs, minReadyMs, backoffMs, backoffMaxMs, intensity, periodMs, heartbeatMs, unresponsiveMs,
            drainTimeoutMs, killTimeoutMs, maxAgeMs ?? -1,
        ]
        let words = [restart.rawValue, whenGivenUp.rawValue, unresponsive.rawValue, "\(maxMemoryBytes ?? -1)"]
        // FNV-1a.
        let hash = (words + numbers.map(String.init)).joined(separator: " ").utf8
            .reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
        return "\"\(String(hash, radix: 16))\""
    }
}
