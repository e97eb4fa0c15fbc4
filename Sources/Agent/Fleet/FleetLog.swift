// SPDX-License-Identifier: Apache-2.0

import Fleet
import Logging
import Synchronization

/// Logs what happens between the agent and its fleet. An outage is told once, not at each try.
final class FleetLog: Sendable {
    private let logger: Logger
    /// What was last told. Nil while all is well.
    private let told = Mutex<String?>(nil)

    init(logger: Logger) {
        self.logger = logger
    }

    func note(_ notice: FleetNotice) {
        switch notice {
        case .connected(let database):
            told.withLock { $0 = nil }
            logger.notice("connected to the fleet", metadata: ["database": "\(database)"])
        case .disconnected(let error):
            guard error.kind != .closed, isNews("\(error)") else { return }
            let text =
                error.kind == .local
                ? "the history cannot be forwarded"
                : "the fleet's database cannot be used; events stay here until it can"
            logger.warning("\(text)", metadata: ["error": "\(error)"])
        case .gap: logger.warning("events are missing from the fleet's history; an event of type gap says which")
        case .untidy(let error):
            logger.info("the fleet's partitions could not be looked after", metadata: ["error": "\(error)"])
        }
    }

    private func isNews(_ text: String) -> Bool {
        told.withLock { told in
            defer { told = text }
            return told != text
        }
    }
}
