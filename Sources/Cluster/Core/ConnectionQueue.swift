// SPDX-License-Identifier: Apache-2.0

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
    /// As many while its socket is about to close: the workers leave then, and nobody else would take them.
    static let closingWindow = 256
    /// Answers of the others, times the number of members, after which a silent one's window is half as large.
    private static let patience = 64

    /// Connections that wait here at most; the rest stays in the kernel's backlog.
    let capacity: Int
    private(set) var members: [Member] = []
    private(set) var waiting = WaitingConnections()
    /// Accepted connections whose client is not known yet.
    private(set) var unread: Set<ConnectionID> = []
    /// Which member has which clients; nil if any member may serve any client.
    private var sticky: StickyMembers?
    /// Whether what waits is all that there will be.
    var isClosing = false
    /// Where the search for the next worker begins, so that equals take turns.
    private var cursor = 0
    /// Answers of all members so far.
    private var answers = 0

    /// - Parameter isSticky: whether clients keep their instance.
    init(capacity: Int, isSticky: Bool = false) {
        // If the room were 0, nothing would ever be accepted.
        self.capacity = max(1, capacity)
        sticky = isSticky ? StickyMembers() : nil
    }

    /// Connections that no worker has yet.
    var count: Int { waiting.count + unread.count }

    /// Whether some member will take connections, now or after a rest.
    var hasTaker: Bool { members.contains { $0.obstacles.isSubset(of: .resting) } }

    /// Whether clients keep their instance.
    var isSticky: Bool { sticky != nil }

    /// How many more may wait.
    ///
    /// - Parameter share: how many this queue may keep while few descriptors are left. Unanswered connections of its
    ///   workers count.
    func room(within share: Int?) -> Int {
        let room = capacity - count
        guard let share else { return max(0, room) }
        return max(0, min(room, share - count - members.reduce(0) { $0 + $1.unanswered }))
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
        didChangeMembers()
    }

    /// Gives the worker no more connections. Its unanswered ones are still awaited.
    /// - Returns: false if it was no member.
    mutating func leave(_ worker: WorkerID) -> Bool {
        guard let index = index(of: worker) else { return false }
        members.remove(at: index)
        if index < cursor { cursor -= 1 }
        didChangeMembers()
        return true
    }

    private mutating func didChangeMembers() {
        guard sticky?.update(members) == true, let sticky else { return }
        waiting.sort { sticky.owner(of: $0) }
    }

    /// - Parameter bucket: of its client, if that is known.
    mutating func didAccept(_ connection: ConnectionID, bucket: Int? = nil) {
        waiting.append(connection, bucket: bucket, for: owner(of: bucket))
    }

    /// What it sends first tells its client.
    mutating func didAcceptUnread(_ connection: ConnectionID) { unread.insert(connection) }

    /// - Returns: false if it is not here any more.
    mutating func didRead(_ connection: ConnectionID, bucket: Int?) -> Bool {
        guard unread.remove(connection) != nil else { return false }
        didAccept(connection, bucket: bucket)
        return true
    }

    /// A connection that comes back goes before those that came later.
    mutating func giveBack(_ connection: ConnectionID, bucket: Int? = nil) {
        waiting.prepend(connection, bucket: bucket, for: owner(of: bucket))
    }

    private func owner(of bucket: Int?) -> WorkerID? {
        bucket.flatMap { sticky?.owner(of: $0) }
    }

    mutating func didAnswer(_ worker: WorkerID) {
        guard let index = index(of: worker) else { return }
        answers += 1
        members[index].unanswered -= 1
        members[index].lastHeard = answers
    }

    mutating func rest(_ worker: WorkerID) {
        if let index = index(of: worker) { members[index].obstacles.insert(.resting) }
    }

    mutating func wakeAll() {
        for index in members.indices { members[index].obstacles.remove(.resting) }
    }

    /// - Parameter obstacles: all but a rest, which is this queue's own.
    mutating func obstruct(_ worker: WorkerID, _ obstacles: Obstacles) {
        guard let index = index(of: worker) else { return }
        members[index].obstacles = obstacles.union(members[index].obstacles.intersection(.resting))
        didChangeMembers()
    }

    /// The oldest waiting connection and the worker that should have it; nil if none waits or nobody is free.
    ///
    /// - Parameter share: as for ``room(within:)``. Each worker gets one at a time then, as under Node, because an unanswered
    ///   one holds a descriptor.
    mutating func next(within share: Int? = nil) -> (WaitingConnections.Entry, WorkerID)? {
        guard !waiting.isEmpty else { return nil }
        guard let (entry, index) = match(within: share) else { return nil }
        if members[index].unanswered == 0 { members[index].lastHeard = answers }
        members[index].unanswered += 1
        cursor = index + 1
        return (entry, members[index].worker)
    }

    /// Takes all that have no worker, for a socket that is given up.
    mutating func removeAll() -> [ConnectionID] {
        defer { unread = [] }
        return waiting.removeAll() + unread
    }

    /// Takes a waiting connection, for the member of this number. A client whose member is busy waits for it and does not hold
    /// up the others, unless there is no more room: then the oldest goes to anybody.
    private mutating func match(within share: Int?) -> (WaitingConnections.Entry, member: Int)? {
        let limit = share != nil ? 1 : isClosing ? Self.closingWindow : Self.window
        guard let freest = freest(limit: limit) else { return nil }
        let free = waiting.oldest { worker in
            index(of: worker).map { isFree(members[$0], limit: limit) } ?? true
        }
        if let free, let entry = waiting.popFirst(of: free) {
            if case .of(let worker) = free, let index = index(of: worker) { return (entry, index) }
            return (entry, freest)
        }
        guard room(within: share) == 0, let any = waiting.oldest(), let entry = waiting.popFirst(of: any) else {
            return nil
        }
        return (entry, freest)
    }

    private func isFree(_ member: Member, limit: Int) -> Bool {
        member.obstacles.isEmpty && member.unanswered < min(limit, window(of: member))
    }

    /// The member with the fewest unanswered connections, the next in turn among equals.
    private func freest(limit: Int) -> Int? {
        var best: Int?
        var fewest = limit
        for offset in members.indices {
            let index = (cursor + offset) % members.count
            let member = members[index]
            guard isFree(member, limit: fewest) else { continue }
            best = index
            fewest = member.unanswered
            if fewest == 0 { break }
        }
        return best
    }

    /// At least one. Otherwise a worker that answers again would never be noticed.
    func window(of member: Member) -> Int {
        guard !isClosing else { return Self.closingWindow }
        return max(1, Self.window >> ((answers - member.lastHeard) / (Self.patience * members.count)))
    }

    private func index(of worker: WorkerID) -> Int? {
        members.firstIndex { $0.worker == worker }
    }
}

/// Names an accepted connection that the driver keeps.
struct ConnectionID: Hashable, Sendable {
    let rawValue: UInt64
}
