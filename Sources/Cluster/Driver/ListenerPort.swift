// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

/// One listener of a worker: the source of its connections and their destination.
final class ListenerPort: ConnectionListener.Delegate {
    let id: ListenerID
    let buffer: ConnectionBuffer
    /// The real one; nil for a unix socket.
    let port: Int?
    private let open = OpenConnections()
    private let maxConnections: Int
    private let loop: EventLoop
    /// Nil if the primary accepts.
    private var listener: ConnectionListener?
    /// Has room again.
    private let onRoom: @Sendable (ListenerID) -> Void

    /// Takes what the primary hands over.
    init(
        _ id: ListenerID, port: Int?, capacity: Int, maxConnections: Int?, loop: EventLoop,
        onRoom: @escaping @Sendable (ListenerID) -> Void
    ) {
        self.id = id
        self.port = port
        self.maxConnections = maxConnections ?? .max
        self.loop = loop
        self.onRoom = onRoom
        buffer = ConnectionBuffer(capacity: capacity)
    }

    /// Accepts from `socket` itself.
    convenience init(
        _ id: ListenerID, accepting socket: ServerSocket, capacity: Int, maxConnections: Int?, loop: EventLoop,
        onRoom: @escaping @Sendable (ListenerID) -> Void
    ) throws(IOError) {
        self.init(
            id, port: socket.port, capacity: capacity, maxConnections: maxConnections, loop: loop, onRoom: onRoom)
        listener = try ConnectionListener(socket, loop: loop, delegate: self)
    }

    /// Whether one more would be taken.
    var hasRoom: Bool { buffer.hasRoom && open.count < maxConnections }

    func take(_ connection: consuming OwnedFD) {
        buffer.append(Connection(SharedDescriptor(stream: connection), lease: open.lease(), loop: loop))
    }

    func listener(_ listener: ConnectionListener, didAccept connection: consuming OwnedFD) {
        take(connection)
        if !hasRoom { pause() }
    }

    /// From now on connections wait in the kernel.
    private func pause() {
        listener?.pause()
        let (id, onRoom) = (id, onRoom)
        if open.count >= maxConnections {
            open.whenBelow(maxConnections) { onRoom(id) }
        } else {
            buffer.whenHasRoom { onRoom(id) }
        }
    }

    /// There was room a moment ago.
    func resume() {
        if hasRoom { listener?.resume() } else if listener != nil { pause() }
    }

    /// Accepts no more, and calls `body` when all connections are closed.
    func close(_ body: @escaping @Sendable () -> Void) {
        listener?.close()
        listener = nil
        buffer.finish()
        open.whenEmpty(body)
    }
}
