// SPDX-License-Identifier: Apache-2.0

import Shared

/// One socket that the primary keeps for its workers.
struct Handle {
    enum Phase {
        /// The driver is making the socket, and these workers wait for it. Exits: `open`, or the handle is dropped.
        case binding([(worker: WorkerID, query: ServerQuery)])
        /// Exits: `rebinding`, or the handle is dropped.
        case open(BoundName?)
        /// No client can reach its unix socket any more, because the path leads elsewhere. The driver makes another
        /// one, and these workers wait for it. Exits: `open`, or the handle is dropped.
        case rebinding([(worker: WorkerID, query: ServerQuery)])
    }

    /// All its workers are to leave, and nobody comes after them.
    enum Emptying {
        /// Exits: `underWay`.
        case notBegun
        /// No new client comes, and the workers get what waits. Exits: `done`.
        case underWay
        case done
    }

    let key: HandleKey
    let policy: SchedulingPolicy
    var phase = Phase.binding([])
    /// The first worker's `data`, which all sharers get.
    var data: JSONValue?
    /// The connections that the primary has accepted. Nil if the workers accept from the socket.
    var queue: ConnectionQueue?
    /// Nil unless each worker has its own socket.
    var slots: SlotTable?
    private var steering: KernelSteering
    /// The workers that share the one socket.
    var sharers: [WorkerID] = []
    private(set) var emptying = Emptying.notBegun
    /// Whether the driver was told to leave connections in the backlog.
    var isPaused = false
    /// How often its last worker has gone: only the newest timer counts.
    private(set) var lingerNumber = 0

    /// - Parameter isSticky: whether clients keep their instance.
    init(key: HandleKey, policy: SchedulingPolicy, capacity: Int, isSticky: Bool = false) {
        self.key = key
        self.policy = policy
        // What the primary accepts from slots goes to those who are there.
        let keepsClients = isSticky && policy == .roundRobin && key.addressType != .pipe
        queue = policy == .none ? nil : ConnectionQueue(capacity: capacity, isSticky: keepsClients)
        slots = policy == .reuseport ? SlotTable() : nil
        steering = KernelSteering(isSticky: isSticky)
    }

    /// Where its workers listen.
    var listeningAddress: ListeningAddress {
        guard case .open(let name?) = phase else {
            return ListeningAddress(address: key.address, port: key.port, addressType: key.addressType)
        }
        return ListeningAddress(address: name.address, port: name.port, addressType: key.addressType)
    }

    /// The address as a worker reports it in `listening`: the one that it asked for, with the real port.
    var announcedAddress: ListeningAddress {
        let port = if case .open(let name?) = phase { name.port } else { key.port }
        return ListeningAddress(address: key.address, port: port, addressType: key.addressType, fd: key.fd)
    }

    /// Whether what the primary accepts goes to the instance of its client.
    var keepsClients: Bool { queue?.isSticky == true }

    var use: SocketUse {
        switch policy {
        case .roundRobin: .accepted
        case .none: .shared
        case .reuseport: .slots
        }
    }

    var isRebinding: Bool {
        if case .rebinding = phase { true } else { false }
    }

    /// The result of a worker's query.
    enum Admission {
        /// The driver is making the socket already.
        case waits
        /// The driver has to make another socket first.
        case rebinds(SocketUse)
        case open(BoundName?)
    }

    /// - Parameter isLost: no client can reach it any more.
    mutating func admit(_ worker: WorkerID, _ query: ServerQuery, isLost: Bool) -> Admission {
        if data == nil { data = query.data }
        switch phase {
        case .binding(let queries):
            phase = .binding(queries + [(worker, query)])
            return .waits
        case .rebinding(let queries):
            phase = .rebinding(queries + [(worker, query)])
            return .waits
        case .open where isLost:
            phase = .rebinding([(worker, query)])
            return .rebinds(use)
        case .open(let name):
            return .open(name)
        }
    }

    /// Whether the driver has to leave connections in the backlog now; nil if nothing changes.
    ///
    /// - Parameter share: how many connections it may keep while few descriptors are left.
    mutating func changedPause(within share: Int?) -> Bool? {
        guard let queue, queue.wantsPause(within: share) != isPaused else { return nil }
        isPaused.toggle()
        return isPaused
    }

    mutating func beginToEmpty() {
        emptying = .underWay
        queue?.isClosing = true
    }

    mutating func endEmptying() { emptying = .done }

    mutating func beginLingering() -> Int {
        lingerNumber += 1
        return lingerNumber
    }

    var workers: [WorkerID] { queue?.members.map(\.worker) ?? sharers }

    /// - Parameter record: the worker's.
    mutating func join(_ worker: WorkerID, _ record: WorkerRecord?, unanswered: Int) {
        if queue != nil {
            queue?.join(
                worker, of: record?.info.instance, unanswered: unanswered, obstacles: record?.obstacles ?? [])
        } else if !sharers.contains(worker) {
            sharers.append(worker)
        }
    }

    /// False if the worker did not use this socket.
    mutating func leave(_ worker: WorkerID) -> Bool {
        if queue != nil { return queue?.leave(worker) ?? false }
        guard let index = sharers.firstIndex(of: worker) else { return false }
        sharers.remove(at: index)
        return true
    }

    /// Whether its workers' new connections can be kept from one of them.
    var canPause: Bool {
        switch use {
        case .accepted: true
        case .slots: isSteered
        // Datagrams are no connections.
        case .shared: key.addressType.isDatagram
        }
    }

    /// Whether the kernel leaves out slots, and spreads connections as we say.
    var isSteered: Bool { slots != nil && steering.isWorking }

    /// What the kernel is to do from now on; nil if nothing changes.
    mutating func changedProgram() -> KernelProgram? {
        guard let entrances = slots?.entrances else { return nil }
        return steering.changedProgram(entrances)
    }

    /// - Returns: whether more follows from that.
    mutating func didSteer(succeeded: Bool) -> Bool { steering.didTell(succeeded: succeeded) }

    /// A worker's server accepts from now on.
    ///
    /// - Returns: false if that is known, or if it has no slot.
    mutating func didListen(_ worker: WorkerID) -> Bool {
        guard slots?.didListen(worker) == true else { return false }
        steering.retry()
        return true
    }

    var info: HandleInfo {
        var info = HandleInfo(
            key: key.text, address: key.address, port: key.port, addressType: key.addressType, policy: policy,
            workers: workers, pendingConnections: queue?.count ?? 0)
        info.steered = slots == nil ? nil : isSteered
        if case .open(let name?) = phase {
            info.address = name.address
            info.port = name.port
        }
        return info
    }
}
