// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The body of `POST /v1/cluster:reload`.
public struct ReloadRequest: Hashable, Codable, Sendable {
    /// Merged into the settings if the reload succeeds. Its `etag` is checked before anything is begun.
    public var settings: SettingsPatch?
    /// How many workers there may be beyond the desired number. Absent: one.
    public var maxSurge: RolloutShare?
    /// How many ready workers may be missing. Absent: none.
    public var maxUnavailable: RolloutShare?
    /// If it is absent, the supervision's policy applies. So do the following ones.
    public var readyTimeoutMs: Int?
    public var minReadyMs: Int?
    public var drainTimeoutMs: Int?
    /// Cancel the operation that is under way, if there is one.
    public var force: Bool?

    public init() {}

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case settings, maxSurge, maxUnavailable, readyTimeoutMs, minReadyMs, drainTimeoutMs, force
    }
}
