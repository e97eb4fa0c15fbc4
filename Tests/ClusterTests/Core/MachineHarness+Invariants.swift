// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// What must hold after every step, whatever happened before.
extension MachineHarness {
    func checkInvariants() {
        checkConnections()
        for (id, handle) in machine.handles { checkHandle(id, handle) }
        for (id, model) in handles {
            let isKept = model.phase == .binding || model.phase == .open
            require(isKept == (machine.handles[id] != nil), "\(id) is \(model.phase), which the machine does not know")
        }
        for (id, model) in handles {
            checkSlots(id, model)
            checkEntrances(id, model)
        }
        require(machine.handles.count == machine.handles.keyCount, "a key names no socket, or a socket has none")
        for (id, model) in workers {
            require(
                (machine.workers[id] != nil) == (model.isConnected || model.isRunning),
                "\(id) is in the list without being there, or the other way round")
        }
        for (id, record) in machine.workers {
            require(record.info.leaving == nil || !record.info.dead, "\(id) is dead and leaves")
            require(
                record.ladder == nil || record.info.leaving?.deadline != nil, "\(id) has a deadline that nobody is told"
            )
            require(
                record.info.connected && !record.info.dead || record.info.listening.isEmpty,
                "\(id) has gone and listens")
        }
        require(machine.workers.allSatisfy { workers[$0.key] != nil }, "a worker without a process is listed")
    }

    /// Each connection is in exactly one place, the same in both accounts.
    private func checkConnections() {
        var places: [ConnectionID: ConnectionModel.Place] = [:]
        for (id, handle) in machine.handles {
            let waiting = handle.queue?.waiting.connections.map { ($0, ConnectionModel.Place.waiting) } ?? []
            let unread = handle.queue?.unread.map { ($0, ConnectionModel.Place.unread) } ?? []
            for (connection, place) in waiting + unread {
                require(
                    places.updateValue(place, forKey: connection) == nil, "\(connection) waits twice, in \(id) too")
            }
        }
        for handover in machine.handovers {
            let old = places.updateValue(.inFlight(handover.worker), forKey: handover.connection)
            require(old == nil, "\(handover.connection) is on its way and also \(old.map { "\($0)" } ?? "")")
        }
        for (connection, model) in connections {
            require(model.place != .accepted, "\(connection) was taken and is still open here")
            let place = places.removeValue(forKey: connection) ?? .closed
            require(place == model.place, "\(connection) is \(model.place), but the machine has it as \(place)")
        }
        require(places.isEmpty, "the machine keeps connections that are none: \(places.keys)")
    }

    private func checkHandle(_ id: HandleID, _ handle: Handle) {
        let serving = workers.filter { $0.value.serving.contains(id) }
        require(Set(handle.workers) == Set(serving.keys), "\(id) is of \(handle.workers), not of \(serving.keys)")
        require(handle.workers.count == serving.count, "\(id) has a worker twice")
        let asked = machine.workers.filter { $0.value.served.values.contains(id) }.map(\.key)
        require(
            Set(asked) == (handle.key.isInherited ? [] : Set(handle.workers)), "\(id) is asked for by \(asked)")
        require(handle.isPaused == handles[id]?.isPaused, "\(id) is paused in one account only")
        if case .open = handle.phase {
            require(
                !handle.workers.isEmpty || machine.intent == .workers || isHeld(id), "\(id) is kept for nobody")
        }
        guard let queue = handle.queue else { return }
        let waiting = queue.waiting.count
        require(waiting == queue.waiting.connections.count, "\(id) counts \(waiting) waiting connections")
        var copy = queue
        let share = machine.connectionBudget.share(of: machine.handles.count)
        require(copy.next(within: share) == nil, "\(id) keeps what somebody could have")
        if case .open = handle.phase {
            let wantsPause = queue.wantsPause(within: share)
            require(wantsPause == handle.isPaused, "\(id) should be paused: \(wantsPause)")
        }
        for member in queue.members {
            let unanswered = workers[member.worker]?.unanswered(id)
            require(
                member.unanswered == unanswered,
                "\(member.worker) has \(unanswered ?? -1) unanswered, not \(member.unanswered)")
            require(
                waiting == 0 || machine.steering.isSticky || !member.obstacles.isEmpty
                    || member.unanswered >= queue.window(of: member),
                "\(member.worker) has room while \(waiting) wait")
        }
    }

    /// Fork first; online before listening; disconnect and exit once each and nothing after both.
    func checkEvents() {
        require(events.map(\.number) == (0..<events.count).map { UInt64($0 + 1) }, "numbers skip")
        require(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time }, "time runs backwards")
        var histories: [WorkerID: [PrimaryEvent.Kind]] = [:]
        for event in events { if let worker = event.worker { histories[worker.id, default: []].append(event.kind) } }
        for (id, history) in histories {
            let names = history.map(\.name)
            let order = names.filter { !["message", "listening", "leaving"].contains($0) }
            let legal: Set = [
                ["fork"], ["fork", "online"], ["fork", "disconnect"], ["fork", "exit"],
                ["fork", "online", "disconnect"], ["fork", "online", "exit"],
                ["fork", "disconnect", "exit"], ["fork", "exit", "disconnect"],
                ["fork", "online", "disconnect", "exit"], ["fork", "online", "exit", "disconnect"],
            ]
            require(legal.contains(order), "worker \(id): \(names)")
            require(names.count { $0 == "leaving" } <= 1, "worker \(id) is asked to go twice: \(names)")
            require(!names.drop { $0 != "exit" }.contains("leaving"), "worker \(id) leaves after its end: \(names)")
            let late = names.drop { $0 != "disconnect" && $0 != "exit" }
            require(!late.contains("listening"), "worker \(id) listens after its end: \(names)")
            require(names.firstIndex(of: "listening") ?? 2 >= 2, "worker \(id) listens first: \(names)")
        }
    }
}

extension PrimaryEvent.Kind {
    /// As in the contract.
    var name: String {
        switch self {
        case .setup: "setup"
        case .fork: "fork"
        case .online: "online"
        case .listening: "listening"
        case .message: "message"
        case .messagesLost: "gap"
        case .leaving: "leaving"
        case .disconnect: "disconnect"
        case .exit: "exit"
        case .noted(let note): note.type.rawValue
        }
    }
}
