// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared

/// Connections that no worker has yet: in one line those that any worker may have, and in one line for each worker those of
/// its own clients. So a search need not pass those of a busy worker one by one.
struct WaitingConnections {
    /// A connection in a line.
    struct Entry: Hashable {
        let connection: ConnectionID
        /// Of its client, if clients keep their instance.
        let bucket: Int?
        /// Its place among all: the lowest is the oldest.
        fileprivate let number: Int
    }

    private var anybodys: Deque<Entry> = []
    /// None is empty.
    private var lines: [WorkerID: Deque<Entry>] = [:]
    private(set) var count = 0
    /// The numbers of the next connection that comes back, and of the next new one.
    private var (before, after) = (-1, 0)

    var isEmpty: Bool { count == 0 }

    /// The oldest first.
    var connections: [ConnectionID] { entries.map(\.connection) }

    private var entries: [Entry] {
        (Array(anybodys) + lines.values.flatMap(\.self)).sorted { $0.number < $1.number }
    }

    /// - Parameter worker: whose client it is; nil if any worker may have it.
    mutating func append(_ connection: ConnectionID, bucket: Int?, for worker: WorkerID?) {
        let entry = Entry(connection: connection, bucket: bucket, number: after)
        after += 1
        count += 1
        if let worker { lines[worker, default: []].append(entry) } else { anybodys.append(entry) }
    }

    /// A connection that comes back goes before those that came later.
    mutating func prepend(_ connection: ConnectionID, bucket: Int?, for worker: WorkerID?) {
        let entry = Entry(connection: connection, bucket: bucket, number: before)
        before -= 1
        count += 1
        if let worker { lines[worker, default: []].prepend(entry) } else { anybodys.prepend(entry) }
    }

    /// Where a connection waits.
    enum Line: Hashable {
        case anybodys
        case of(WorkerID)
    }

    /// The line whose first connection is the oldest.
    ///
    /// - Parameter isChosen: whether to look at this worker's line. Connections that any worker may have are always looked at.
    func oldest(where isChosen: (WorkerID) -> Bool = { _ in true }) -> Line? {
        var oldest = anybodys.first.map { (number: $0.number, line: Line.anybodys) }
        for (worker, line) in lines {
            guard let number = line.first?.number, number < oldest?.number ?? .max, isChosen(worker) else { continue }
            oldest = (number, .of(worker))
        }
        return oldest?.line
    }

    /// Takes the first connection of a line.
    mutating func popFirst(of line: Line) -> Entry? {
        let entry: Entry?
        switch line {
        case .anybodys: entry = anybodys.popFirst()
        case .of(let worker):
            entry = lines[worker]?.popFirst()
            if lines[worker]?.isEmpty == true { lines[worker] = nil }
        }
        if entry != nil { count -= 1 }
        return entry
    }

    /// Clients have other workers from now on.
    ///
    /// - Parameter owner: the worker that has a bucket's clients.
    mutating func sort(by owner: (Int) -> WorkerID?) {
        let all = entries
        (anybodys, lines) = ([], [:])
        for entry in all {
            if let worker = entry.bucket.flatMap(owner) {
                lines[worker, default: []].append(entry)
            } else {
                anybodys.append(entry)
            }
        }
    }

    mutating func removeAll() -> [ConnectionID] {
        defer { self = WaitingConnections() }
        return connections
    }
}
