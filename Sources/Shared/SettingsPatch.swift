// SPDX-License-Identifier: Apache-2.0

/// A partial `ClusterSettings`, the body of `:setupPrimary`: what is not named keeps its value,
/// and null takes a setting back to its default.
public struct SettingsPatch: Hashable, Sendable {
    public var exec: Change<String> = .keep
    public var args: Change<[String]> = .keep
    public var execArgv: Change<[String]> = .keep
    public var execPath: Change<String> = .keep
    public var cwd: Change<String> = .keep
    public var envFiles: Change<[String]> = .keep
    public var serialization: Change<Serialization> = .keep
    public var silent: Change<Bool> = .keep
    public var stdio: Change<[StdioEntry]> = .keep
    public var uid: Change<Account> = .keep
    public var gid: Change<Account> = .keep
    public var inspectPort: Change<Int> = .keep
    public var windowsHide: Change<Bool> = .keep
    public var schedulingPolicy: Change<SchedulingPolicy> = .keep
    public var listen: Change<[ListenURL]> = .keep
    public var ready: Change<WorkerReadiness> = .keep
    public var channel: Change<Bool> = .keep
    public var disconnectSignal: Change<Signal> = .keep
    /// If given, the change is made only if the settings still have this etag.
    public var etag: String?

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
