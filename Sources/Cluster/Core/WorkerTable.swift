// SPDX-License-Identifier: Apache-2.0

import Shared

/// The primary's workers, from the fork of each until its process and its channel have both ended, and what ended workers
/// have left behind.
struct WorkerTable {
    private var records: [WorkerID: WorkerRecord] = [:]
    private var remains: [WorkerID: SessionRemains] = [:]

    var isEmpty: Bool { records.isEmpty }
    var count: Int { records.count }
    /// The oldest is first.
    var ids: [WorkerID] { records.keys.sorted() }
    /// The oldest is first.
    var infos: [WorkerInfo] { records.values.map(\.info).sorted { $0.id < $1.id } }
    var counts: WorkerCounts { WorkerCounts(records.values.lazy.map(\.info)) }

    subscript(id: WorkerID) -> WorkerRecord? { records[id] }

    /// Whether a worker was started with this socket and its process lives.
    func isHeld(_ socket: HandleID) -> Bool {
        records.values.contains { !$0.info.dead && $0.sockets.contains(socket) }
    }

    mutating func insert(_ record: WorkerRecord) {
        precondition(records.updateValue(record, forKey: record.info.id) == nil, "two workers of one id")
    }

    mutating func remove(_ id: WorkerID) {
        records[id] = nil
    }

    /// Changes a worker's record in its place.
    ///
    /// - Returns: what `change` returns; nil if the table has no worker of this id.
    @discardableResult
    mutating func update<Result>(_ id: WorkerID, _ change: (inout WorkerRecord) -> Result) -> Result? {
        guard let index = records.index(forKey: id) else { return nil }
        return change(&records.values[index])
    }

    // MARK: What ended workers have left behind

    var hasRemains: Bool { !remains.isEmpty }
    /// The oldest is first.
    var idsOfRemains: [WorkerID] { remains.keys.sorted() }

    func remains(of id: WorkerID) -> SessionRemains? { remains[id] }

    mutating func insert(_ left: SessionRemains, of id: WorkerID) {
        remains[id] = left
    }

    mutating func removeRemains(of id: WorkerID) {
        remains[id] = nil
    }

    /// As ``update(_:_:)``.
    @discardableResult
    mutating func updateRemains<Result>(of id: WorkerID, _ change: (inout SessionRemains) -> Result) -> Result? {
        guard let index = remains.index(forKey: id) else { return nil }
        return change(&remains.values[index])
    }
}

extension WorkerTable: Sequence {
    func makeIterator() -> some IteratorProtocol<(key: WorkerID, value: WorkerRecord)> { records.makeIterator() }
}
