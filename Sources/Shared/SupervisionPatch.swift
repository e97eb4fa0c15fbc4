// SPDX-License-Identifier: Apache-2.0

/// A partial `SupervisionPolicy`, the body of `:supervise`: what is not named keeps its value, and null takes a key back to
/// its default.
public struct SupervisionPatch: Hashable, Sendable {
    public typealias Change = SettingsPatch.Change

    public var restart: Change<RestartPolicy> = .keep
    public var readyTimeoutMs: Change<Int> = .keep
    public var minReadyMs: Change<Int> = .keep
    public var backoffMs: Change<Int> = .keep
    public var backoffMaxMs: Change<Int> = .keep
    public var intensity: Change<Int> = .keep
    public var periodMs: Change<Int> = .keep
    public var whenGivenUp: Change<SupervisionPolicy.WhenGivenUp> = .keep
    public var heartbeatMs: Change<Int> = .keep
    public var unresponsiveMs: Change<Int> = .keep
    public var unresponsive: Change<SupervisionPolicy.WhenUnresponsive> = .keep
    public var maxMemoryBytes: Change<Int64> = .keep
    public var maxAgeMs: Change<Int> = .keep
    public var drainTimeoutMs: Change<Int> = .keep
    public var killTimeoutMs: Change<Int> = .keep
    /// If given, the change is made only if the policy still has this etag.
    public var etag: String?

    public init() {}
}

extension SupervisionPolicy {
    /// This policy with `patch` merged in.
    ///
    /// - Parameter defaults: what null goes back to.
    /// - Throws: `INVALID_FIELD` with the field, if the result is no good policy.
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
