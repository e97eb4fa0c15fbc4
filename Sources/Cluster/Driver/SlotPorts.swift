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

    init(
        first: ServerSocket, _ request: BindRequest, backlog: Int, _ loop: EventLoop,
        _ delegate: any ConnectionListener.Delegate
    ) {
        slots = [SlotID(rawValue: 0): Slot(socket: first)]
        self.request = request
        self.backlog = backlog
        self.loop = loop
        self.delegate = delegate
    }

    var count: Int { slots.count }

    func socket(_ slot: SlotID) -> ServerSocket? { slots[slot]?.socket }

    func bind(_ slot: SlotID) throws(IOError) {
        slots[slot] = Slot(socket: ServerSocket(try BoundSocket.bind(request, backlog: nil)))
    }

    /// Accepts waiting and new connections from the socket. If that fails, the socket waits for the next worker.
    func adopt(_ slot: SlotID) throws(IOError) {
        guard let socket = slots[slot]?.socket else { return }
        // Its worker may have ended before it called listen(2).
        try socket.listen(backlog: backlog)
        let listener = try ConnectionListener(socket, loop: loop, delegate: delegate)
        if isPaused { listener.pause() }
        slots[slot]?.listener = listener
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
