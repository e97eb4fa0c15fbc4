// SPDX-License-Identifier: Apache-2.0

/// The answer to `/healthz` and `/readyz`.
public struct HealthReply: Hashable, Codable, Sendable {
    public var status: String
    /// Why it is not `ok`.
    public var reason: String?

    public static let ok = HealthReply(status: "ok")

    public init(status: String, reason: String? = nil) {
        self.status = status
        self.reason = reason
    }
}
