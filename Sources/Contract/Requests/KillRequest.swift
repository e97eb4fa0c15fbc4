// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The body of `POST /v1/workers/{id}:kill`.
public struct KillRequest: Hashable, Codable, Sendable {
    /// Absent: SIGTERM.
    public var signal: Signal?
    /// Answer only when the process has ended.
    public var wait: Bool?
    public var timeoutMs: Int?

    public init(signal: Signal? = nil, wait: Bool? = nil, timeoutMs: Int? = nil) {
        self.signal = signal
        self.wait = wait
        self.timeoutMs = timeoutMs
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case signal, wait, timeoutMs
    }
}
