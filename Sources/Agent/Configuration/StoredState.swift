// SPDX-License-Identifier: Apache-2.0

import Cluster
import FoundationEssentials
import Shared

/// What was changed through the API and survives restarts. For each key it has the new value and the configured value
/// at that time. If the configured value is another one by now, the configuration counts.
///
/// No environment value is ever in it.
struct StoredState: Hashable, Codable, Sendable {
    /// One changed value.
    struct Entry: Hashable, Codable, Sendable {
        var configured: JSONValue
        var value: JSONValue
    }

    /// The configured values of everything that may be changed.
    struct Base: Sendable {
        var workers: Int
        /// No change of its own, but the limit of `workers`.
        var maxWorkers: Int
        var policy: SupervisionPolicy
        var settings: ClusterSettings
    }

    /// The version of this form. A newer form is not read.
    var version = Self.current
    /// By `workers`, `supervision.KEY` or `settings.KEY`, with the API's names.
    var entries: [String: Entry] = [:]

    static let current = 1

    private static let workersKey = "workers"
    private static let policyPrefix = "supervision."
    static let settingsPrefix = "settings."

    // MARK: What has changed

    mutating func note(workers: Int, over base: Base) {
        note([Self.workersKey: .integer(Int64(workers))], over: [Self.workersKey: .integer(Int64(base.workers))])
    }

    mutating func note(_ policy: SupervisionPolicy, over base: Base) {
        note(Self.fields(of: policy), over: Self.fields(of: base.policy))
    }

    mutating func note(_ settings: ClusterSettings, over base: Base) {
        note(Self.fields(of: settings), over: Self.fields(of: base.settings))
    }

    private mutating func note(_ values: [String: JSONValue], over configured: [String: JSONValue]) {
        for (key, value) in values {
            guard let old = configured[key] else { continue }
            entries[key] = value == old ? nil : Entry(configured: old, value: value)
        }
    }

    // MARK: What holds at a start

    /// - Returns: the start values, the keys that were changed, and the keys whose change no longer counts because the
    ///   configuration has changed.
    func applied(to base: Base) -> (start: Base, kept: [String], dropped: [String]) {
        let configured = [Self.workersKey: .integer(Int64(base.workers))]
            .merging(Self.fields(of: base.policy)) { first, _ in first }
            .merging(Self.fields(of: base.settings)) { first, _ in first }
        var (start, kept, dropped) = (base, [String](), [String]())
        let rules = entries.filter { $0.key.hasPrefix(Self.policyPrefix) && configured[$0.key] == $0.value.configured }
        // Checked together, because a rule may be valid only together with another changed one.
        if !rules.isEmpty, let patch: SupervisionPatch = Self.patch(rules.mapValues(\.value), Self.policyPrefix),
            let merged = try? start.policy.merging(patch)
        {
            start.policy = merged
            kept += rules.keys
        }
        for (key, entry) in entries.sorted(by: { $0.key < $1.key }) where !kept.contains(key) {
            guard configured[key] == entry.configured, Self.apply(entry.value, to: key, of: &start) else {
                dropped.append(key)
                continue
            }
            kept.append(key)
        }
        // Without a program there is nothing to keep running.
        if start.settings.exec == nil { start.workers = 0 }
        return (start, kept.sorted(), dropped)
    }

    /// False if the value does not fit.
    private static func apply(_ value: JSONValue, to key: String, of base: inout Base) -> Bool {
        if key == workersKey {
            guard case .integer(let workers) = value, (0...Int64(base.maxWorkers)).contains(workers) else {
                return false
            }
            base.workers = Int(workers)
            return true
        }
        if key.hasPrefix(policyPrefix) {
            guard let patch: SupervisionPatch = patch([key: value], policyPrefix),
                let merged = try? base.policy.merging(patch)
            else { return false }
            base.policy = merged
            return true
        }
        guard let patch: SettingsPatch = patch([key: value], settingsPrefix) else { return false }
        var settings = base.settings.merging(patch)
        settings.revision = base.settings.revision
        guard (try? SettingsValidator.validate(settings)) != nil else { return false }
        base.settings = settings
        return true
    }

    /// The change that these keys stand for. Nil if a value is not of its key's type.
    private static func patch<Patch: Decodable>(_ values: [String: JSONValue], _ prefix: String) -> Patch? {
        let fields = Dictionary(uniqueKeysWithValues: values.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
        guard let json = try? JSONEncoder().encode(JSONValue.object(fields)) else { return nil }
        return try? JSONDecoder().decode(Patch.self, from: json)
    }

    private static func fields(of policy: SupervisionPolicy) -> [String: JSONValue] {
        fields(JSONValue(encoding: policy), prefix: policyPrefix)
    }

    private static func fields(of settings: ClusterSettings) -> [String: JSONValue] {
        fields(JSONValue(encoding: settings), prefix: settingsPrefix)
            .filter { ![settingsPrefix + "revision", settingsPrefix + "etag"].contains($0.key) }
    }

    private static func fields(_ value: JSONValue, prefix: String) -> [String: JSONValue] {
        guard case .object(let fields) = value else { return [:] }
        return Dictionary(uniqueKeysWithValues: fields.map { (prefix + $0.key, $0.value) })
    }
}
