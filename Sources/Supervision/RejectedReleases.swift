// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

/// What workers are forked from, without its name. Two revisions may be of the same release.
struct Release: Hashable {
    private let settings: ClusterSettings
    private let environment: [String: String]
    private let resolved: ResolvedSettings?

    init(_ entry: RevisionStore.Entry) {
        settings = entry.revision.settings.unnumbered
        environment = entry.revision.environment
        resolved = entry.resolved.map {
            ResolvedSettings(settings: $0.settings.unnumbered, environment: $0.environment)
        }
    }
}

/// Releases that a reload has found to be bad, and why. If no worker is wanted, a reload could not try them out and
/// would accept them.
struct RejectedReleases {
    private static let capacity = 20

    /// Oldest first.
    private var releases: [(release: Release, failure: WorkerFailure?)] = []
    /// The newest one waits for the verdict of its reload.
    private var isUnexplained = false

    /// ``explain(_:)`` says why.
    mutating func insert(_ release: Release) {
        let failure = self[release]
        remove(release)
        releases.append((release, failure))
        isUnexplained = true
        releases.removeFirst(max(0, releases.count - Self.capacity))
    }

    /// The reload that rejected the newest release now has its verdict.
    mutating func explain(_ operation: OperationInfo) {
        guard isUnexplained, let last = releases.indices.last else { return }
        isUnexplained = false
        releases[last].failure = operation.failure
    }

    /// It has proved good.
    mutating func remove(_ release: Release) {
        releases.removeAll { $0.release == release }
    }

    /// Why a release was rejected; nil if it was not.
    subscript(release: Release) -> WorkerFailure? {
        releases.last { $0.release == release }?.failure
    }
}

extension ClusterSettings {
    /// Without the values that differ each time that settings are made.
    fileprivate var unnumbered: ClusterSettings {
        var settings = self
        settings.revision = 0
        settings.run = ""
        return settings
    }
}
