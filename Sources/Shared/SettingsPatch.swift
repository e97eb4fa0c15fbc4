// SPDX-License-Identifier: Apache-2.0

/// A partial `ClusterSettings`, the body of `:setupPrimary`. Settings that are not named keep their values, and null
/// takes a setting back to its default.
public struct SettingsPatch: Hashable, Sendable {
    /// See ``ClusterSettings/exec``.
    public var exec: Change<String> = .keep
    /// See ``ClusterSettings/args``.
    public var args: Change<[String]> = .keep
    /// See ``ClusterSettings/execArgv``.
    public var execArgv: Change<[String]> = .keep
    /// See ``ClusterSettings/execPath``.
    public var execPath: Change<String> = .keep
    /// See ``ClusterSettings/cwd``.
    public var cwd: Change<String> = .keep
    /// See ``ClusterSettings/envFiles``.
    public var envFiles: Change<[String]> = .keep
    /// See ``ClusterSettings/serialization``.
    public var serialization: Change<Serialization> = .keep
    /// See ``ClusterSettings/silent``.
    public var silent: Change<Bool> = .keep
    /// See ``ClusterSettings/stdio``.
    public var stdio: Change<[StdioEntry]> = .keep
    /// See ``ClusterSettings/uid``.
    public var uid: Change<Account> = .keep
    /// See ``ClusterSettings/gid``.
    public var gid: Change<Account> = .keep
    /// See ``ClusterSettings/inspectPort``.
    public var inspectPort: Change<Int> = .keep
    /// See ``ClusterSettings/windowsHide``.
    public var windowsHide: Change<Bool> = .keep
    /// See ``ClusterSettings/schedulingPolicy``.
    public var schedulingPolicy: Change<SchedulingPolicy> = .keep
    /// See ``ClusterSettings/listen``.
    public var listen: Change<[ListenURL]> = .keep
    /// See ``ClusterSettings/ready``.
    public var ready: Change<WorkerReadiness> = .keep
    /// See ``ClusterSettings/channel``.
    public var channel: Change<Bool> = .keep
    /// See ``ClusterSettings/disconnectSignal``.
    public var disconnectSignal: Change<Signal> = .keep
    /// If given, the change is made only if the settings still have this etag.
    public var etag: String?

    /// Changes nothing.
    public init() {}

    /// What happens to one setting.
    public enum Change<Value: Hashable & Codable & Sendable>: Hashable, Sendable {
        case keep
        case reset
        case set(Value)

        /// The value after this change.
        public func applied(to value: Value?, default fallback: Value?) -> Value? {
            switch self {
            case .keep: value
            case .reset: fallback
            case .set(let new): new
            }
        }
    }
}

extension ClusterSettings {
    /// These settings with `patch` merged in, as one revision more.
    public func merging(_ patch: SettingsPatch) -> ClusterSettings {
        let defaults = ClusterSettings()
        var merged = self
        func merge<Value>(_ change: SettingsPatch.Change<Value>, _ path: WritableKeyPath<ClusterSettings, Value>) {
            merged[keyPath: path] = change.applied(to: self[keyPath: path], default: defaults[keyPath: path])!
        }
        func merge<Value>(_ change: SettingsPatch.Change<Value>, _ path: WritableKeyPath<ClusterSettings, Value?>) {
            merged[keyPath: path] = change.applied(to: self[keyPath: path], default: defaults[keyPath: path])
        }
        merge(patch.exec, \.exec)
        merge(patch.args, \.args)
        merge(patch.execArgv, \.execArgv)
        merge(patch.execPath, \.execPath)
        merge(patch.cwd, \.cwd)
        merge(patch.envFiles, \.envFiles)
        merge(patch.serialization, \.serialization)
        merge(patch.silent, \.silent)
        merge(patch.stdio, \.stdio)
        merge(patch.uid, \.uid)
        merge(patch.gid, \.gid)
        merge(patch.inspectPort, \.inspectPort)
        merge(patch.windowsHide, \.windowsHide)
        merge(patch.schedulingPolicy, \.schedulingPolicy)
        merge(patch.listen, \.listen)
        merge(patch.ready, \.ready)
        merge(patch.channel, \.channel)
        merge(patch.disconnectSignal, \.disconnectSignal)
        merged.revision += 1
        return merged
    }
}
