// SPDX-License-Identifier: Apache-2.0

/// The primary's handles, by id and by key. A worker asks for a key and gets its handle. A key names at most one
/// handle. A handle may have lost its key to another one.
struct HandleTable {
    private var handles: [HandleID: Handle] = [:]
    private var ids: [HandleKey: HandleID] = [:]
    private var nextNumber = 0

    var isEmpty: Bool { handles.isEmpty }
    var count: Int { handles.count }
    /// How many have their key.
    var keyCount: Int { ids.count }

    subscript(id: HandleID) -> Handle? { handles[id] }

    /// The handle that has this key.
    func id(of key: HandleKey) -> HandleID? { ids[key] }

    /// Whether the handle still has its key. Another one may have it by now.
    func hasKey(_ id: HandleID) -> Bool { handles[id].map { ids[$0.key] == id } ?? false }

    /// Adds a handle, which gets its key.
    mutating func insert(_ handle: Handle) -> HandleID {
        let id = HandleID(rawValue: nextNumber)
        nextNumber += 1
        handles[id] = handle
        ids[handle.key] = id
        return id
    }

    mutating func remove(_ id: HandleID) {
        giveUpKey(id)
        handles[id] = nil
    }

    /// Takes the key from the handle. The next worker that asks for the key gets another handle.
    mutating func giveUpKey(_ id: HandleID) {
        guard hasKey(id), let key = handles[id]?.key else { return }
        ids[key] = nil
    }

    /// Changes a socket in its place.
    ///
    /// - Returns: what `change` returns; nil if the table has no socket of this id.
    @discardableResult
    mutating func update<Result>(_ id: HandleID, _ change: (inout Handle) -> Result) -> Result? {
        guard let index = handles.index(forKey: id) else { return nil }
        return change(&handles.values[index])
    }
}

extension HandleTable: Sequence {
    func makeIterator() -> some IteratorProtocol<(key: HandleID, value: Handle)> { handles.makeIterator() }
}

/// Names a bound socket that the driver keeps.
struct HandleID: Hashable, Sendable {
    let rawValue: Int
}
