// SPDX-License-Identifier: Apache-2.0

import Cluster
public import Shared

/// What workers are forked from: settings, and the environment beside them.
public struct WorkerRevision: Hashable, Codable, Sendable {
    /// As somebody gave them. Their `ready` says when a worker counts as ready.
    public var settings: ClusterSettings
    /// Set over the primary's environment and over the settings' files.
    public var environment: [String: String]

    /// - Parameters:
    ///   - settings: the program, its directory and the files of variables are found when the revision is first used, and stay the
    ///     same from then on.
    ///   - environment: set over the primary's environment.
    public init(settings: ClusterSettings, environment: [String: String] = [:]) {
        self.settings = settings
        self.environment = environment
    }

    /// When a worker counts as ready.
    var readiness: Readiness { Readiness(settings.ready) }

    /// Whether workers are started under the inspector. They may be held by a debugger, so their silence means nothing.
    var isInspected: Bool {
        settings.inspectPort != nil || settings.execArgv.contains { $0.hasPrefix("--inspect") }
    }
}

/// The revisions that workers may still be forked from.
struct RevisionStore {
    /// A revision with its paths as they were found.
    struct Entry {
        let revision: WorkerRevision
        /// Nil if they could not be found yet.
        var resolved: ResolvedSettings?
        /// What the primary's settings get when the revision has proved good; nil: they have it.
        let patch: SettingsPatch?
    }

    private var entries: [RevisionID: Entry] = [:]
    private var lastID = 0

    mutating func insert(
        _ revision: WorkerRevision, resolved: ResolvedSettings?, patch: SettingsPatch? = nil
    ) -> Revision {
        lastID += 1
        let id = RevisionID(rawValue: lastID)
        entries[id] = Entry(revision: revision, resolved: resolved, patch: patch)
        return Revision(id: id, readiness: revision.readiness)
    }

    var count: Int { entries.count }

    subscript(id: RevisionID) -> Entry? { entries[id] }

    mutating func didResolve(_ id: RevisionID, to settings: ResolvedSettings) {
        entries[id]?.resolved = settings
    }

    /// Forgets all others.
    mutating func keep(_ ids: Set<RevisionID>) {
        entries = entries.filter { ids.contains($0.key) }
    }

    /// Whether any of them waits for the message `ready`.
    var hasMessageReadiness: Bool { entries.values.contains { $0.revision.readiness == .message } }
}
