// SPDX-License-Identifier: Apache-2.0

import LinuxIO

/// Several sockets at one port. Each is with a worker, or the primary accepts from it.
final class SlotPorts {
    private struct Slot {
        let socket: ServerSocket
        /// While the primary accepts from it.
        var listener: ConnectionListener?
    }

    private var slots: [SlotID: Slot]
    /// Those of slots that were left to a worker while a connection was being accepted.
    private var retired: [ConnectionListener] = []
    private var isPaused = false
    /// How to make another one.
    private let request: BindRequest
    private let backlog: Int
    private let loop: EventLoop
    private unowned let delegate: any ConnectionListener.Delegate

    /// All sockets listen from the start, so that the kernel counts them in the order in which they were made. A program
    /// keeps connections from those that nobody serves yet.
    init(
        first: ServerSocket, _ request: BindRequest, backlog: Int, _ loop: EventLoop,
        _ delegate: any ConnectionListener.Delegate
    ) throws(IOError) {
        try first.listen(backlog: backlog)
        slots = [SlotID(rawValue: 0): Slot(socket: first)]
        self.request = request
        self.backlog = backlog
        self.loop = loop
        self.delegate = delegate
    }

    var count: Int { slots.count }

    func socket(_ slot: SlotID) -> ServerSocket? { slots[slot]?.socket }

    func bind(_ slot: SlotID) throws(IOError) {
        let socket = ServerSocket(try BoundSocket.bind(request, backlog: nil))
        try socket.listen(backlog: backlog)
        slots[slot] = Slot(socket: socket)
    }

    /// Lets the kernel spread connections by this program. All sockets share it. If the kernel refuses it, the one before is
    /// gone too: its numbers may mean other sockets by now.
    func steer(_ program: KernelProgram) throws(IOError) {
        guard let socket = slots.values.first?.socket else { return }
        do throws(IOError) {
            try socket.attach(program.filter)
        } catch {
            socket.detachProgram()
            throw error
        }
    }

    /// Those in which connections wait, but for those that the primary accepts from.
    var backlogs: Set<SlotID> {
        Set(slots.lazy.filter { $0.value.listener == nil && $0.value.socket.hasBacklog }.map(\.key))
    }

    /// Accepts waiting and new connections from the socket. If that fails, the socket waits for the next worker.
    func adopt(_ slot: SlotID) throws(IOError) {
        guard slots[slot]?.listener == nil, let socket = slots[slot]?.socket else { return }
        let listener = try ConnectionListener(socket, loop: loop, delegate: delegate)
        if isPaused { listener.pause() }
        slots[slot]?.listener = listener
    }

    /// See ``HandlePort/refuseClients()``.
    func refuseClients() {
        for slot in slots.values { slot.socket.refuseClients() }
    }

    /// Adopts slots in which connections wait. If that fails, they are left to their workers.
    func adoptWaiting() {
        for (slot, state) in slots where state.listener == nil && state.socket.wouldReset { try? adopt(slot) }
    }

    /// Whether connections wait that nobody has accepted yet.
    var holdConnections: Bool {
        slots.values.contains { $0.listener?.holdsConnections ?? $0.socket.wouldReset }
            || retired.contains { !$0.isClosed }
    }

    var isHandingOn: Bool {
        slots.values.contains { $0.listener?.isHandingOn == true } || retired.contains(where: \.isHandingOn)
    }

    func release(_ slot: SlotID) {
        retired.removeAll(where: \.isClosed)
        guard let listener = slots[slot]?.listener else { return }
        slots[slot]?.listener = nil
        listener.retire()
        if !listener.isClosed { retired.append(listener) }
    }

    func pause() {
        isPaused = true
        for slot in slots.values { slot.listener?.pause() }
    }

    func resume() {
        isPaused = false
        for slot in slots.values { slot.listener?.resume() }
    }

    func close() {
        for slot in slots.values { slot.listener?.close() }
        for listener in retired { listener.close() }
        retired = []
        slots = [:]
    }
}
