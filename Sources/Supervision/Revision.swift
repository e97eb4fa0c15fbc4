// SPDX-License-Identifier: Apache-2.0

/// Names settings as they were resolved once: program, directory, environment. The machine knows only the name; its owner keeps
/// the settings.
public struct RevisionID: RawRepresentable, Hashable, Codable, Sendable {
    /// Chosen by the owner, who counts up.
    public let rawValue: Int

    /// The revision of this number.
    public init(rawValue: Int) {
        self.rawValue = rawValue
    }
}

/// What workers are forked from, as far as the rules need to know.
public struct Revision: Hashable, Codable, Sendable {
    /// Its name.
    public let id: RevisionID
    /// When one of its workers counts as ready.
    public let readiness: Readiness

    /// See the properties.
    public init(id: RevisionID, readiness: Readiness = .automatic) {
        self.id = id
        self.readiness = readiness
    }
}

/// Which revision the next worker is forked from.
///
/// It is the last good one. So a crash after an aborted reload never forks what the reload has found to be bad.
struct RevisionTable: Hashable, Codable, Sendable {
    /// Whether a worker of ``good`` was ever ready.
    enum Proof: String, Hashable, Codable, Sendable {
        /// Exits: `proven`, when a worker of it is ready.
        case none
        /// Exits: `none`, with another revision.
        case proven
    }

    private(set) var good: Revision?
    private(set) var proof = Proof.none
    /// Settings that were changed without a reload and are not in force, because workers of ``good`` are wanted.
    private(set) var pending: Revision?

    /// Settings have changed without a reload. They count at once if nothing that works is lost by that: if no worker of
    /// the old ones was ever ready, or none is wanted. Otherwise they wait until none is.
    mutating func setUp(_ revision: Revision, hasInstances: Bool) {
        pending = revision
        if proof == .none || !hasInstances { takePending() }
    }

    /// No worker is wanted any more, so what was set up counts for the next one.
    mutating func takePending() {
        guard let pending else { return }
        good = pending
        proof = .none
        self.pending = nil
    }

    /// The settings that wait have failed under another name.
    mutating func dropPending() {
        pending = nil
    }

    /// A worker of this revision is ready.
    mutating func didBecomeReady(_ revision: RevisionID) {
        if good?.id == revision { proof = .proven }
    }

    /// A reload to this revision has succeeded.
    mutating func accept(_ revision: Revision) {
        // It has what was set up before it began, and not what was set up since.
        if let waiting = pending?.id.rawValue, waiting < revision.id.rawValue { pending = nil }
        good = revision
        proof = .none
    }
}
