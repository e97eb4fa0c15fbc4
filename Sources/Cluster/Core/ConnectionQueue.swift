// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared

/// Decides which worker gets which connection of one listening socket.
///
/// Node waits for a worker's answer before it sends that worker the next connection, and so do we while any
/// worker is idle. When all are busy, each may have up to `window` unanswered ones, and fewer the longer the others
/// answer while it does not.
struct ConnectionQueue {
    struct Member {
        let worker: WorkerID
        var unanswered = 0
        /// How many answers had come from all when it gave its last one, or was idle.
        fileprivate var lastHeard = 0
        /// With one of these it gets no connection.
        var obstacles: Obstacles
        /// Whose clients it has; nil if it is not supervised.
        let instance: Int?
    }

    /// Unanswered connections that one worker has at most.
    static let window = 16
    /// Answers of the others, times the number of members, after which a silent one's window is half as large.
    private static let patience = 64

    /// Connections that wait here at most; the rest stays in the kernel's backlog.
    let capacity: Int
    private(set) var members: [Member] = []
    /// The oldest first.
    private(set) var waiting: Deque<Waiting> = []
    /// Which member has which clients; nil if any member may serve any client.
    private var sticky: StickyMembers?
    /// Where the search for the next worker begins, so that equals take turns.
    private var cursor = 0
    /// Answers of all members so far.
    private var answers = 0

    /// A connection that no worker has yet.
    struct Waiting: Hashable {
        let connection: ConnectionID
        /// Of its client, if clients keep their instance.
        let bucket: Int?
    }

    /// - Parameter isSticky: whether clients keep their instance.
    init(capacity: Int, isSticky: Bool = false) {
        // If the room were 0, nothing would ever be accepted.
        self.capacity = max(1, capacity)
        sticky = isSticky ? StickyMembers() : nil
    }

    /// How many more may wait.
    ///
    /// - Parameter share: how many this queue may keep while few descriptors are left. Unanswered connections of its
    ///   workers count.
    func room(within share: Int?) -> Int {
        let room = capacity - waiting.count
        guard let share else { return max(0, room) }
        return max(0, min(room, share - waiting.count - members.reduce(0) { $0 + $1.unanswered }))
    }

    /// There is no worker to serve more connections, or too many wait already.
    func wantsPause(within share: Int?) -> Bool { members.isEmpty || room(within: share) == 0 }

    func contains(_ worker: WorkerID) -> Bool {
        members.contains { $0.worker == worker }
    }

    /// - Parameters:
    ///   - instance: nil if it is not supervised.
    ///   - unanswered: the connections that it still owes from an earlier time in this queue.
    mutating func join(_ worker: WorkerID, of instance: Int?, unanswered: Int, obstacles: Obstacles) {
        guard !contains(worker) else { return }
        members.append(
            Member(
                worker: worker, unanswered: unanswered, lastHeard: answers, obstacles: obstacles, instance: instance))
        sticky?.update(members)
    }

    /// Gives the worker no more connections. Its unanswered ones are still awaited.
    /// - Returns: false if it was no member.
    mutating func leave(_ worker: WorkerID) -> Bool {
        guard let index = index(of: worker) else { return false }
        members.remove(at: index)
        if index < cursor { cursor -= 1 }
        sticky?.update(members)
        return true
    }

    /// - Parameter bucket: of its client, if that is known.
    mutating func didAccept(_ connection: ConnectionID, bucket: Int? = nil) {
        waiting.append(Waiting(connection: connection, bucket: bucket))
    }

    /// A connection that comes back goes before those that came later.
    mutating func giveBack(_ connection: ConnectionID, bucket: Int? = nil) {
        waiting.prepend(Waiting(connection: connection, bucket: bucket))
    }

    mutating func didAnswer(_ worker: WorkerID) {
        guard let index = index(of: worker) else { return }
        answers += 1
        members[index].unanswered -= 1
        members[index].lastHeard = answers
    }

    mutating func rest(_ worker: WorkerID) {
        if let index = index(of: worker) { members[index].obstacles.insert(.resting) }
        sticky?.update(members)
    }

    mutating func wakeAll() {
        for index in members.indices { members[index].obstacles.remove(.resting) }
        sticky?.update(members)
    }

    /// - Parameter obstacles: all but a rest, which is this queue's own.
    mutating func obstruct(_ worker: WorkerID, _ obstacles: Obstacles) {
        guard let index = index(of: worker) else { return }
        members[index].obstacles = obstacles.union(members[index].obstacles.intersection(.resting))
        sticky?.update(members)
    }

    /// The oldest waiting connection and the worker that should have it; nil if none waits or nobody is free.
    ///
    /// - Parameter isScarce: each worker gets one at a time, as under Node, because an unanswered one holds a descriptor.
    mutating func next(isScarce: Bool = false) -> (Waiting, WorkerID)? {
        let limit = isScarce ? 1 : Self.window
        guard let (place, index) = match(limit: limit) else { return nil }
        if members[index].unanswered == 0 { members[index].lastHeard = answers }
        members[index].unanswered += 1
        cursor = index + 1
        let entry = place == 0 ? waiting.removeFirst() : waiting.remove(at: place)
        return (entry, members[index].worker)
    }

    /// Takes all that wait, for a socket that is given up.
    mutating func removeAll() -> [ConnectionID] {
        defer { waiting.removeAll() }
        return waiting.map(\.connection)
    }

    /// The place of a waiting connection, and of the member for it. A client whose member is busy waits for it, and does not
    /// hold up the others.
    private func match(limit: Int) -> (place: Int, member: Int)? {
        guard let sticky else {
            guard !waiting.isEmpty, let index = freest(limit: limit) else { return nil }
            return (0, index)
        }
        for (place, entry) in waiting.enumerated() {
            guard let bucket = entry.bucket, let worker = sticky.owner(of: bucket) else {
                if let index = freest(limit: limit) { return (place, index) }
                continue
            }
            guard let index = index(of: worker), members[index].unanswered < min(limit, window(of: members[index]))
            else { continue }
            return (place, index)
        }
        return nil
    }

    /// The member with the fewest unanswered connections, the next in turn among equals.
    private func freest(limit: Int) -> Int? {
        var best: Int?
        var fewest = limit
        for offset in members.indices {
            let index = (cursor + offset) % members.count
            let member = members[index]
            guard member.obstacles.isEmpty, member.unanswered < min(fewest, window(of: member)) else { continue }
            best = index
            fewest = member.unanswered
            if fewest == 0 { break }
        }
        return best
    }

    /// At least one. Otherwise a worker that answers again would never be noticed.
    func window(of member: Member) -> Int {
        max(1, Self.window >> ((answers - member.lastHeard) / (Self.patience * members.count)))
    }

    private func index(of worker: WorkerID) -> Int? {
        members.firstIndex { $0.worker == worker }
    }
}

/// Names an accepted connection that the driver keeps.
struct ConnectionID: Hashable, Sendable {
    let rawValue: UInt64
}
