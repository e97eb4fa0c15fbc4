// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared

/// Summaries of workers that follow each other by id.
package struct WorkerPage: Sendable {
    package private(set) var workers: [WorkerInfo] = []
    /// The id after which there are more; nil at the end.
    package private(set) var next: WorkerID?
    private var rows = 0
    private var bytes = 0
    private var last: WorkerID?

    init() {}

    /// A row that cannot be read does not hide the others. `history verify` reports it.
    /// - Returns: false if it does not fit any more.
    mutating func append(_ row: Row, atMost limit: Int) -> Bool {
        guard rows < limit, bytes < EventPage.maxBytes else {
            next = last
            return false
        }
        rows += 1
        last = (try? row.decode(Int.self, atIndex: 0)).flatMap(WorkerID.init(rawValue:)) ?? last
        guard let worker = try? WorkerInfo(stored: row) else { return true }
        workers.append(worker)
        bytes += worker.bytes
        return true
    }
}

extension WorkerInfo {
    /// Roughly how many bytes it takes to show.
    package var bytes: Int {
        512 + exec.utf8.count + args.reduce(0) { $0 + 3 + $1.utf8.count } + listening.count * 128
            + (exit?.stderr?.utf8.count ?? 0)
    }
}
