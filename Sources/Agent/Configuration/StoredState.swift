// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Shared

/// What was changed through the API and holds over restarts: for each key the new value, and the configured value that it
/// stands for. If the configuration has another value by then, the configuration counts.
///
/// No environment value is ever in it.
struct StoredState: Hashable, Codable, Sendable {
    /// A value that was changed.
    struct Entry: Hashable, Codable, Sendable {
        var configured: JSONValue
        var value: JSONValue
    }

    /// What the configuration says of everything that may be changed.
    struct Base: Sendable {
        var workers: Int
        var policy: SupervisionPolicy
        var settings: ClusterSettings
    }

    /// Of this form. A later form is not read.
    var version = Self.current
    /// By `workers`, `supervision.KEY` or `settings.KEY`, with the API's names.
    var entries: [String: Entry] = [:]

    static let current = 1

    private static let workersKey = "workers"
    private static let policyPrefix = "supervision."
    private static let settingsPrefix = "settings."

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

    /// - Returns: what an agent starts with, the keys that hold, and those for which the configuration counts because it has
    ///   changed.
    func applied(to base: Base) -> (start: Base, kept: [String], dropped: [String]) {
        let configured = [Self.workersKey: .integer(Int64(base.workers))]
            .merging(Self.fields(of: base.policy)) { first, _ in first }
            .merging(Self.fields(of: base.settings)) { first, _ in first }
        var (start, kept, dropped) = (base, [String](), [String]())
        for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard configured[key] == entry.configured, Self.apply(entry.value, to: key, of: &start) else {
                dropped.append(key)
                continue
            }
            kept.append(key)
        }
        // Without a program there is nothing to keep running.
        if start.settings.exec == nil { start.workers = 0 }
        return (start, kept, dropped)
    }

    /// False if the value cannot be what it is to be.
    private static func apply(_ value: JSONValue, to key: String, of base: inout Base) -> Bool {
        func patch<Patch: Decodable>(_ prefix: String) -> Patch? {
            let name = String(key.dropFirst(prefix.count))
            guard let json = try? JSONEncoder().encode(JSONValue.object([name: value])) else { return nil }
            return try? JSONDecoder().decode(Patch.self, from: json)
        }
        if key == workersKey {
            guard case .integer(let workers) = value, (0...100_000).contains(workers) else { return false }
            base.workers = Int(workers)
            return true
        }
        if key.hasPrefix(policyPrefix) {
            guard let patch: SupervisionPatch = patch(policyPrefix), let merged = try? base.policy.merging(patch)
            else { return false }
            base.policy = merged
            return true
        }
        guard let patch: SettingsPatch = patch(settingsPrefix) else { return false }
        let revision = base.settings.revision
        base.settings = base.settings.merging(patch)
        base.settings.revision = revision
        return true
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
