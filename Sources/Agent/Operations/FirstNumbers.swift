// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import Shared

/// The first worker id and the first settings revision of this run.
struct FirstNumbers: Sendable {
    let workerID: WorkerID
    let revision: Int
    /// How far they are reserved. Nil if the history cannot say.
    let reserved: NumberReservation?

    /// Ids are never used again in one data directory. If the history cannot be read or written, numbers begin at the
    /// microseconds since 1970. Those are larger than any number counted from 1, and than those of the last such start.
    init(_ history: History, logger: Logger) {
        do {
            self = try FirstNumbers(reservedIn: history)
        } catch {
            logger.warning(
                "cannot reserve worker ids and revisions; they begin with the microseconds since 1970, which no other run gives",
                metadata: ["error": "\(error)"])
            let first = WorkerID.microsecondsSince1970(at: .now)
            (workerID, revision, reserved) = (first, first.rawValue, nil)
        }
    }

    private init(reservedIn history: History) throws {
        workerID = try history.nextWorkerID
        revision = try history.lastSettingsRevision + 1
        let last = NumberReservation(workerID: workerID, revision: revision)
            .after(workers: NumberReserve.block - 1, revisions: NumberReserve.block - 1)
        try history.reserve(workers: last.workerID, settings: last.revision)
        reserved = last
    }

    /// The numbers before the first fork: no id, and the first revision.
    var given: NumberReservation {
        NumberReservation(workerID: WorkerID(rawValue: workerID.rawValue - 1) ?? workerID, revision: revision)
    }
}
