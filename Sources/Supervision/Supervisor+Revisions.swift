// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

// What workers are forked from.
extension Supervisor {
    func resolve(_ settings: ClusterSettings) throws(ClusterError) -> ResolvedSettings {
        let result = primary.assumeIsolated { primary in
            Swift.Result { () throws(ClusterError) in try primary.resolve(settings) }
        }
        return try result.get()
    }

    /// - Throws: what is wrong with its program or directory.
    func insert(_ revision: WorkerRevision, patch: SettingsPatch? = nil) throws(ClusterError) -> Revision {
        let resolved = try resolve(revision.settings)
        let inserted = revisions.insert(revision, resolved: resolved, patch: patch)
        awaitReadyMessages()
        return inserted
    }

    /// Messages are read only if a revision needs that.
    func awaitReadyMessages() {
        let awaits = revisions.hasMessageReadiness
        primary.assumeIsolated { $0.awaitReadyMessages(awaits) }
    }

    /// Drops revisions that no worker has and none can be forked from.
    func forgetRevisions() {
        mayForget = false
        guard revisions.count > 1 else { return }
        revisions.keep(machine.revisionsInUse.union(processes.values))
        awaitReadyMessages()
    }

    /// A reload has shown that its settings are good, so they become the primary's.
    func adopt(_ id: RevisionID) {
        guard let patch = revisions[id]?.patch else { return }
        let origin = (machine.operationUnderWay ?? machine.lastEnded)?.requestId
        // It was tried before the reload. The primary may be stopping by now, and then nobody needs them.
        primary.assumeIsolated { try? $0.adopt(patch, requestID: origin) }
    }

    /// No worker is forked from this release any more, whatever name it has.
    func reject(_ id: RevisionID) {
        guard let release = revisions[id].map(Release.init) else { return }
        // The good one has failed under another name, and stays as before.
        guard machine.goodRevision.flatMap({ revisions[$0] }).map(Release.init) != release else { return }
        rejected.insert(release)
        guard machine.pendingRevision.flatMap({ revisions[$0] }).map(Release.init) == release else { return }
        machine.dropSetUp()
    }
}
