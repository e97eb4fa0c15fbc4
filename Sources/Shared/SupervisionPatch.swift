// SPDX-License-Identifier: Apache-2.0

/// A partial `SupervisionPolicy`, the body of `:supervise`. Keys that are not named keep their values, and null takes a
/// key back to its default.
public struct SupervisionPatch: Hashable, Sendable {
    /// What happens to one rule.
    public typealias Change = SettingsPatch.Change

    /// See ``SupervisionPolicy/restart``.
    public var restart: Change<RestartPolicy> = .keep
    /// See ``SupervisionPolicy/readyTimeoutMs``.
    public var readyTimeoutMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/minReadyMs``.
    public var minReadyMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/backoffMs``.
    public var backoffMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/backoffMaxMs``.
    public var backoffMaxMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/intensity``.
    public var intensity: Change<Int> = .keep
    /// See ``SupervisionPolicy/periodMs``.
    public var periodMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/whenGivenUp``.
    public var whenGivenUp: Change<SupervisionPolicy.WhenGivenUp> = .keep
    /// See ``SupervisionPolicy/heartbeatMs``.
    public var heartbeatMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/unresponsiveMs``.
    public var unresponsiveMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/unresponsive``.
    public var unresponsive: Change<SupervisionPolicy.WhenUnresponsive> = .keep
    /// See ``SupervisionPolicy/maxMemoryBytes``.
    public var maxMemoryBytes: Change<Int64> = .keep
    /// See ``SupervisionPolicy/maxAgeMs``.
    public var maxAgeMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/drainTimeoutMs``.
    public var drainTimeoutMs: Change<Int> = .keep
    /// See ``SupervisionPolicy/killTimeoutMs``.
    public var killTimeoutMs: Change<Int> = .keep
    /// If given, the change is made only if the policy still has this etag.
    public var etag: String?

    /// Changes nothing.
    public init() {}
}

extension SupervisionPolicy {
    /// This policy with `patch` merged in.
    ///
    /// - Parameter defaults: the values for null.
    /// - Throws: `INVALID_FIELD` with the field, if the result is not a valid policy.
    public func merging(
        _ patch: SupervisionPatch, defaults: SupervisionPolicy = SupervisionPolicy()
    ) throws(ClusterError) -> SupervisionPolicy {
        var merged = self
        func merge<Value>(_ change: SupervisionPatch.Change<Value>, _ path: WritableKeyPath<SupervisionPolicy, Value>) {
            switch change {
            case .keep: break
            case .reset: merged[keyPath: path] = defaults[keyPath: path]
            case .set(let value): merged[keyPath: path] = value
            }
        }
        merge(patch.restart, \.restart)
        merge(patch.readyTimeoutMs, \.readyTimeoutMs)
        merge(patch.minReadyMs, \.minReadyMs)
        merge(patch.backoffMs, \.backoffMs)
        merge(patch.backoffMaxMs, \.backoffMaxMs)
        merge(patch.intensity, \.intensity)
        merge(patch.periodMs, \.periodMs)
        merge(patch.whenGivenUp, \.whenGivenUp)
        merge(patch.heartbeatMs, \.heartbeatMs)
        merge(patch.unresponsiveMs, \.unresponsiveMs)
        merge(patch.unresponsive, \.unresponsive)
        merge(patch.drainTimeoutMs, \.drainTimeoutMs)
        merge(patch.killTimeoutMs, \.killTimeoutMs)
        merged.maxMemoryBytes = patch.maxMemoryBytes.applied(to: maxMemoryBytes, default: defaults.maxMemoryBytes)
        merged.maxAgeMs = patch.maxAgeMs.applied(to: maxAgeMs, default: defaults.maxAgeMs)
        try merged.validate()
        return merged
    }
}
