// SPDX-License-Identifier: Apache-2.0

/// Counts the listeners of a worker at one place. So two listeners in one worker are two sockets, and the first one of
/// each worker is the same socket (Node `lib/internal/cluster/child.js`, `indexes`).
struct IndexTable {
    private struct Entry {
        var next = 0
        var taken: Set<Int> = []
    }

    private var entries: [ListenRequest.Place: Entry] = [:]

    mutating func take(_ place: ListenRequest.Place) -> Int {
        var entry = entries[place] ?? Entry()
        defer { entries[place] = entry }
        entry.taken.insert(entry.next)
        entry.next += 1
        return entry.next - 1
    }

    /// When the last one is given back, counting starts again.
    mutating func giveBack(_ place: ListenRequest.Place, _ index: Int) {
        entries[place]?.taken.remove(index)
        if entries[place]?.taken.isEmpty == true { entries[place] = nil }
    }
}
