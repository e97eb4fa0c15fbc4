// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// What the driver and the kernel do for the machine.
extension MachineHarness {
    /// Does what the machine wants until it wants nothing more.
    func run() {
        repeat {
            while let action = machine.nextAction() { run(action) }
        } while steer() || (!holdsEmptying && endEmptying())
    }

    /// As the driver does when all actions are done.
    ///
    /// - Returns: false if nothing was to be done.
    private func steer() -> Bool {
        guard let id = unsteered.popFirst() else { return false }
        guard let program = machine.changedProgram(of: id) else { return true }
        require(handles[id]?.program != program, "the kernel is told the same twice")
        let isTaken = program.instructions.count <= longestProgram
        handles[id]?.program = isTaken ? program : nil
        machine.didSteer(id, succeeded: isTaken)
        return true
    }

    private func run(_ action: Action) {
        switch action {
        case .spawn(let id, _, let settings, let environment, let sockets):
            spawn(id, settings, environment, sockets)
        case .send(let id, let message):
            didSend(message, to: id)
        case .share(let handle, let slot, let id, let reply):
            require(handles[handle]?.phase == .open, "\(handle) is shared but not open")
            share(handle, slot, with: id)
            workers[id]?.sharedWith.append(handle)
            didSend(.server(reply), to: id)
        case .handOver(let connection, let handle, let id, let sequence):
            handOver(connection, handle, id, sequence)
        case .closeConnection(let connection):
            closeConnection(connection)
        case .bind(let id, let query, let use):
            bind(id, query, use)
        case .open(let id, let key, _):
            require(handles[id] == nil && key.isInherited, "\(id) is opened twice, or as what it is not")
            handles[id] = HandleModel(.shared, isInherited: true)
            finishBind(id, openErrno)
        case .bindSlot(let id, let slot):
            bindSlot(id, slot)
        case .adopt(let id, let slot):
            adopt(id, slot)
        case .release(let id, let slot):
            release(id, slot)
        case .empty(let id, let limit):
            empty(id, within: limit)
        case .steer(let id):
            unsteered.insert(id)
        case .probe(let id):
            probes.append(id)
        case .pause(let id):
            require(handles[id]?.isPaused == false, "\(id) is paused twice")
            handles[id]?.isPaused = true
        case .resume(let id):
            require(handles[id]?.isPaused == true, "\(id) is resumed without a pause")
            handles[id]?.isPaused = false
        case .closeHandle(let id):
            closeHandle(id)
        case .rest(let id):
            // One timer serves all workers of a handle.
            if !rests.contains(id) { rests.append(id) }
        case .linger(let id, let number, _):
            lingers.append((id, number))
        case .awaitWord(let id, _):
            awaited.append(id)
        case .closeChannel(let id):
            require(workers[id]?.isConnected == true, "the channel of \(id) is closed twice")
            beginToFinish(id)
            machine.didCloseChannel(id, .finishing, at: now)
        case .breakChannel(let id, let reason):
            didLoseChannel(id)
            machine.didCloseChannel(id, .broken(reason), at: now)
        case .signal(let id, let signal):
            require(workers[id]?.isRunning == true, "\(id) gets \(signal) after its end")
            workers[id]?.signals.append(signal)
            let record = machine.workers[id]
            let isTold = record?.isLeaving == true && record?.disconnectSignal == signal
            // One that goes by itself serves until its deadline's SIGTERM.
            let isTerminated = record?.wasTerminated == true && signal == .terminate
            if isTold || isTerminated { workers[id]?.serving = [] }
        case .signalSession(let id, let signal):
            require(workers[id]?.isRunning == true || sessions.contains(id), "\(signal) for nobody of \(id)")
            workers[id]?.sessionSignals.append(signal)
        case .lookForSession(let id):
            require(machine.workers.remains(of: id) != nil, "looks for what \(id) has not left")
            if !sessions.contains(id) { machine.didEndSession(id) }
        case .forgetSession(let id):
            forgottenSessions.append(id)
        case .wake(let moment):
            wake = moment
        case .tellListening(let id):
            listening.append(id)
        case .didStop(let left):
            stops.append(left)
        case .emit(let event):
            events.append(event)
        }
    }

    private func spawn(
        _ id: WorkerID, _ settings: ClusterSettings, _ environment: [String: String], _ sockets: [HandleID]
    ) {
        require(workers[id] == nil, "\(id) is spawned twice")
        require(sockets.allSatisfy { handles[$0]?.phase == .open }, "\(id) is to have a socket that is not open")
        guard spawnSucceeds else { return machine.didFailSpawn(id, at: now) }
        pid += 1
        workers[id] = WorkerModel(pid: pid, settings: settings, environment: environment, inherited: sockets)
        machine.didSpawn(id, pid: pid, isNode: runsNode, at: now)
    }

    private func bind(_ id: HandleID, _ query: ServerQuery, _ use: SocketUse) {
        require(handles[id] == nil || handles[id]?.phase == .open, "\(id) is bound twice")
        if handles[id] == nil { handles[id] = HandleModel(use) }
        if let bindErrno { finishBind(id, bindErrno) } else { pendingBinds.append(id) }
    }

    func finishBind(_ id: HandleID, _ errno: Int32) {
        // A socket that is made in place of another leaves that as it is if it fails, and begins without a pause.
        if handles[id]?.phase == .open {
            handles[id]?.isLost = errno != 0
            if errno == 0 { handles[id]?.isPaused = false }
        } else {
            handles[id]?.phase = errno == 0 ? .open : .failed
        }
        let name = BoundName(family: "IPv4", address: "0.0.0.0", port: 8000)
        machine.didBind(id, errno == 0 ? name : nil, errno: errno)
    }

    private func didSend(_ message: PrimaryMessage, to id: WorkerID) {
        workers[id]?.messages.append(message)
        switch message {
        case .disconnect:
            workers[id]?.serving = []
            workers[id]?.resting = []
        case .server(let reply) where reply.errno == 0:
            let handle = machine.handles.first { $0.value.key.text == reply.key }?.key
            if let handle { workers[id]?.serving.insert(handle) }
        case .server, .acknowledge:
            break
        }
    }

    /// As the driver does: clients that say nothing are not waited for.
    private func empty(_ id: HandleID, within limit: Duration) {
        require(handles[id]?.phase == .open && handles[id]?.isEmptied == false, "\(id) is emptied twice")
        require(limit > .zero && limit <= PrimaryStateMachine.farewellTime, "\(id) is emptied for \(limit)")
        handles[id]?.isEmptied = true
        emptied.append(id)
        for (connection, model) in connections where model.place == .unread && model.handle == id {
            connections[connection]?.place = .waiting
            machine.didRead(connection, on: id, bucket: nil)
        }
    }

    private func closeHandle(_ id: HandleID) {
        let handle = handles[id]
        require(handle?.phase == .open, "\(id) is closed but not open")
        require(!workers.values.contains { $0.serving.contains(id) }, "\(id) is closed under a worker that serves it")
        require(!isHeld(id), "\(id) is closed while a process has it")
        require(
            machine.intent == .none || handle?.isClosedByWorkers == true || handle?.isInherited == true
                || handle?.hasLingered == true || handle?.isLost == true || handle?.isEmptied == true,
            "\(id) is closed while workers are wanted")
        handles[id]?.phase = .closed
    }
}
