// SPDX-License-Identifier: Apache-2.0

import Cluster
import Logging
import Shared

/// Stores what is changed through the API, before whoever changed it gets the answer.
actor StateKeeper {
    private let file: StateFile
    private let base: StoredState.Base
    private var state: StoredState
    private let logger: Logger
    private var hasFailed = false
    /// Of the settings that were looked at last: each fork tells them anew.
    private var revision: Int?

    /// - Parameters:
    ///   - base: what the configuration says.
    ///   - state: what is in the file.
    init(_ file: StateFile, base: StoredState.Base, state: StoredState, logger: Logger) {
        self.file = file
        self.base = base
        self.state = state
        self.logger = logger
    }

    /// Takes what changes settings or the desired number. A disconnect changes that for this run only.
    func note(_ event: PrimaryEvent) {
        switch event.kind {
        case .setup(let settings) where settings.revision != revision:
            revision = settings.revision
            var new = state
            new.note(settings, over: base)
            store(new)
        case .noted(let note) where note.type == .scale && note.data["because"] == "scale":
            guard case .integer(let workers)? = note.data["to"] else { return }
            var new = state
            new.note(workers: Int(workers), over: base)
            store(new)
        default: break
        }
    }

    func note(_ policy: SupervisionPolicy) {
        var new = state
        new.note(policy, over: base)
        store(new)
    }

    private func store(_ new: StoredState) {
        guard new != state || hasFailed else { return }
        state = new
        do {
            try file.write(new)
            hasFailed = false
        } catch {
            if !hasFailed {
                logger.error(
                    "cannot store what was changed; it is lost at the next start", metadata: ["error": "\(error)"])
            }
            hasFailed = true
        }
    }
}
