// SPDX-License-Identifier: Apache-2.0

import Cluster
import Dispatch
import Logging
import Shared

/// Stores what is changed through the API before the caller gets the answer.
actor StateKeeper {
    /// How long to wait for a disk that does not answer.
    private static let patience: Duration = .seconds(2)

    /// Where writes run: one after the other, on a thread that nobody else needs.
    private let queue = DispatchQueue(label: "cluster-agent.state")
    private let file: StateFile
    private let base: StoredState.Base
    private var state: StoredState
    private let logger: Logger
    /// The keys whose stored values were in force at the start.
    nonisolated let inForce: [String]
    private var hasFailed = false
    /// The revision of the settings that were stored last. Each fork repeats its settings.
    private var revision: Int?

    /// - Parameters:
    ///   - base: what the configuration says.
    ///   - state: what is in the file.
    ///   - inForce: the keys whose stored values count.
    init(_ file: StateFile, base: StoredState.Base, state: StoredState, inForce: [String], logger: Logger) {
        self.file = file
        self.base = base
        self.state = state
        self.inForce = inForce
        self.logger = logger
    }

    /// Takes events that change settings or the desired number. A disconnect changes that number only for this run.
    func note(_ event: PrimaryEvent) async {
        switch event.kind {
        case .setup(let settings) where settings.revision != revision:
            revision = settings.revision
            // A script says it again at the next start.
            guard !event.isOfScript else { return }
            var new = state
            new.note(settings, over: base)
            await store(new)
        case .noted(let note) where note.type == .scale && note.data["because"] == "scale":
            guard case .integer(let workers)? = note.data["to"] else { return }
            var new = state
            new.note(workers: Int(workers), over: base)
            await store(new)
        default: break
        }
    }

    func note(_ policy: SupervisionPolicy) async {
        var new = state
        new.note(policy, over: base)
        await store(new)
    }

    /// Returns when the change is stored, or cannot be stored in time.
    private func store(_ new: StoredState) async {
        guard new != state || hasFailed else { return }
        state = new
        let line = SettleLine()
        queue.async { [file] in
            let result = Result { try file.write(new) }
            Task {
                await self.didWrite(result)
                line.advance(to: 1)
            }
        }
        await line.wait(for: 1, atMost: Self.patience, clock: ContinuousClock())
    }

    private func didWrite(_ result: Result<Void, any Error>) {
        switch result {
        case .success: hasFailed = false
        case .failure(let error):
            if !hasFailed {
                logger.error(
                    "cannot store what was changed; it is lost at the next start", metadata: ["error": "\(error)"])
            }
            hasFailed = true
        }
    }
}
