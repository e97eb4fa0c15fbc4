// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared

/// The rules of node:cluster's worker: requests and reports go in, actions come out.
///
/// It owns no descriptor, no task and no clock, as ``PrimaryStateMachine``.
struct WorkerStateMachine {
    enum Phase: Hashable {
        /// Exits: `leaving`, `announcing`, `closed`.
        case connected
        /// The listeners are closed and their connections may finish. Exits: `announcing`, `closing`, `closed`.
        case leaving(askedByPrimary: Bool)
        /// The primary was told that the exit is voluntary, and has not answered yet. Exits: `closing`, `closed`.
        case announcing(sequence: Int, thenExits: Bool)
        /// The channel is being closed. Exits: `closed`.
        case closing(thenExits: Bool)
        case closed
    }

    private(set) var phase = Phase.connected
    /// Nil until it is known.
    private(set) var exitedAfterDisconnect: Bool?
    private(set) var listeners: [ListenerID: WorkerListenerRecord] = [:]
    private var listenerNumber = 0
    private var indexes = IndexTable()
    private var sequence = 0
    private var actions: Deque<WorkerAction> = []

    mutating func nextAction() -> WorkerAction? {
        actions.popFirst()
    }

    private mutating func act(_ action: WorkerAction) {
        actions.append(action)
    }

    /// Each message has a number, as in Node, even if no answer is expected.
    mutating func nextSequence() -> Int {
        defer { sequence += 1 }
        return sequence
    }

    @discardableResult
    private mutating func send(_ notice: WorkerNotice) -> Int {
        let sequence = nextSequence()
        act(.send(notice, sequence: sequence))
        return sequence
    }

    var isConnected: Bool {
        switch phase {
        case .connected, .leaving, .announcing: true
        case .closing, .closed: false
        }
    }

    // MARK: Start

    mutating func didStart() {
        send(.online)
    }

    // MARK: Listeners

    /// Whether this worker listens at the same place already. Port 0 is another one each time.
    func listens(at place: ListenRequest.Place) -> Bool {
        guard place.port != 0 else { return false }
        return listeners.values.contains { record in
            if case .draining = record.phase { return false }
            return record.request.place == place
        }
    }

    mutating func listen(_ request: ListenRequest) -> ListenerID {
        defer { listenerNumber += 1 }
        let id = ListenerID(rawValue: listenerNumber)
        guard phase == .connected else {
            act(.refuse(id, .leaving))
            return id
        }
        guard !request.isExclusive else {
            listeners[id] = WorkerListenerRecord(request: request, index: nil, phase: .opening(key: nil))
            act(.bind(id, request))
            return id
        }
        let index = indexes.take(request.place)
        let sequence = send(.query(request, index: index))
        listeners[id] = WorkerListenerRecord(request: request, index: index, phase: .asking(sequence: sequence))
        return id
    }

    /// - Parameter hasSocket: a descriptor came with the answer.
    mutating func didReceiveAnswer(_ answer: PrimaryAnswer, hasSocket: Bool) {
        if case .announcing(answer.acknowledged, let thenExits) = phase { return close(thenExits: thenExits) }
        guard let id = asking(answer.acknowledged), let record = listeners[id] else {
            if hasSocket { act(.dropDescriptor) }
            return
        }
        guard answer.errno == 0, let key = answer.key else {
            if hasSocket { act(.dropDescriptor) }
            return drop(id, .refused(errno: answer.errno))
        }
        listeners[id]?.phase = .opening(key: key)
        act(hasSocket ? .openShared(id, record.request) : .openFed(id, record.request, answer.name))
    }

    private func asking(_ sequence: Int) -> ListenerID? {
        listeners.first { if case .asking(sequence) = $0.value.phase { true } else { false } }?.key
    }

    /// - Parameter port: the real one. Nil if it has no port.
    mutating func didOpen(_ id: ListenerID, port: Int?) {
        guard let record = listeners[id], case .opening(let key) = record.phase else {
            preconditionFailure("a listener that was not being opened")
        }
        listeners[id]?.phase = .open(key: key)
        if let index = record.index { send(.listening(record.request, index: index, port: port)) }
        let place = record.request.place
        act(
            .emit(
                .listening(
                    ListeningAddress(
                        address: place.address, port: port ?? place.port, addressType: place.addressType ?? .pipe,
                        fd: place.fd))))
        // The worker was asked to leave while the driver opened it.
        if phase != .connected { closeListener(id) }
    }

    mutating func didFailOpening(_ id: ListenerID, errno: Int32) {
        guard let record = listeners[id], case .opening(let key) = record.phase else {
            preconditionFailure("a listener that was not being opened")
        }
        if let key { send(.close(key: key)) }
        drop(id, .refused(errno: errno))
    }

    private mutating func drop(_ id: ListenerID, _ failure: ListenFailure) {
        remove(id)
        act(.refuse(id, failure))
    }

    private mutating func remove(_ id: ListenerID) {
        guard let record = listeners.removeValue(forKey: id) else { return }
        if let index = record.index { indexes.giveBack(record.request.place, index) }
    }

    /// Closing a closed listener changes nothing.
    mutating func closeListener(_ id: ListenerID) {
        guard let record = listeners[id], case .open(let key) = record.phase else { return }
        if let key, isConnected { send(.close(key: key)) }
        listeners[id]?.phase = .draining
        if let index = record.index { indexes.giveBack(record.request.place, index) }
        act(.close(id))
    }

    /// It is closed, and so are its connections.
    mutating func didDrain(_ id: ListenerID) {
        listeners[id] = nil
        finishLeaving()
    }

    /// Who gets a connection that the primary hands over; nil if its listener is closed.
    func listener(of key: String) -> ListenerID? {
        listeners.first { if case .open(key) = $0.value.phase { true } else { false } }?.key
    }

    // MARK: The end

    /// The primary asks this worker to leave.
    mutating func didReceiveDisconnect() {
        guard phase == .connected else { return }
        leave(askedByPrimary: true)
    }

    /// The program wants to leave: `worker.disconnect`. Asking twice changes nothing.
    mutating func disconnect() {
        guard phase == .connected else { return }
        leave(askedByPrimary: false)
    }

    private mutating func leave(askedByPrimary: Bool) {
        exitedAfterDisconnect = true
        phase = .leaving(askedByPrimary: askedByPrimary)
        act(.emit(.leaving))
        for (id, record) in listeners.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            switch record.phase {
            // The primary does not answer a leaving worker.
            case .asking: drop(id, .leaving)
            case .open: closeListener(id)
            case .opening, .draining: break
            }
        }
        finishLeaving()
    }

    private mutating func finishLeaving() {
        guard case .leaving(let askedByPrimary) = phase, listeners.isEmpty else { return }
        if askedByPrimary {
            close(thenExits: false)
        } else {
            announce(thenExits: false)
        }
    }

    private mutating func announce(thenExits: Bool) {
        phase = .announcing(sequence: send(.exitedAfterDisconnect), thenExits: thenExits)
    }

    /// The program wants to end at once: `worker.kill`, which in a worker takes no signal.
    mutating func kill() {
        exitedAfterDisconnect = true
        switch phase {
        case .connected, .leaving: announce(thenExits: true)
        case .announcing(let sequence, _): phase = .announcing(sequence: sequence, thenExits: true)
        case .closing: phase = .closing(thenExits: true)
        case .closed: act(.exit)
        }
    }

    private mutating func close(thenExits: Bool) {
        phase = .closing(thenExits: thenExits)
        act(.closeChannel)
    }

    /// Also if the primary is gone: nobody is there to work for, so the process ends.
    mutating func didCloseChannel() {
        let exits =
            switch phase {
            case .connected: true
            case .announcing(_, let thenExits), .closing(let thenExits): thenExits
            case .leaving: false
            case .closed: false
            }
        guard phase != .closed else { return }
        phase = .closed
        exitedAfterDisconnect = exitedAfterDisconnect ?? false
        for (id, record) in listeners {
            if case .asking = record.phase { drop(id, .leaving) }
        }
        act(.emit(.disconnect))
        if exits { act(.exit) }
    }
}
