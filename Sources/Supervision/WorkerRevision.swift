// SPDX-License-Identifier: Apache-2.0

public import Shared

/// What workers are forked from: settings and environment, and when a worker of them counts as ready.
public struct WorkerRevision: Hashable, Codable, Sendable {
    /// As somebody gave them.
    public var settings: ClusterSettings
    /// Set over the primary's environment.
    public var environment: [String: String]
    /// When a worker counts as ready.
    public var readiness: Readiness

    /// - Parameters:
    ///   - settings: the program and its directory are found when the revision is first used, and stay the same from then on.
    ///   - environment: set over the primary's environment.
    ///   - readiness: when a worker counts as ready.
    public init(
        settings: ClusterSettings, environment: [String: String] = [:], readiness: Readiness = .automatic
    ) {
        self.settings = settings
        self.environment = environment
        self.readiness = readiness
    }

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
        var resolved: ClusterSettings
    }

    private var entries: [RevisionID: Entry] = [:]
    private var lastID = 0

    mutating func insert(_ revision: WorkerRevision, resolved: ClusterSettings) -> Revision {
        lastID += 1
        let id = RevisionID(rawValue: lastID)
        entries[id] = Entry(revision: revision, resolved: resolved)
        return Revision(id: id, readiness: revision.readiness)
    }

    subscript(id: RevisionID) -> Entry? { entries[id] }

    mutating func didResolve(_ id: RevisionID, to settings: ClusterSettings) {
        entries[id]?.resolved = settings
    }

    /// Forgets all others.
    mutating func keep(_ ids: Set<RevisionID>) {
        entries = entries.filter { ids.contains($0.key) }
    }

    /// Whether any of them waits for the message `ready`.
    var hasMessageReadiness: Bool { entries.values.contains { $0.revision.readiness == .message } }
}
