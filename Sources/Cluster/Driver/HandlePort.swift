// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

/// The socket of one handle.
final class HandlePort: Listener.Delegate {
    private enum Socket {
        /// The primary accepts.
        case listening(Listener)
        /// The workers do.
        case shared(SharedSocket)
        case closed
    }

    let id: HandleID
    /// As the workers know it.
    let key: String
    let isDatagram: Bool
    /// Nil for a unix socket.
    let name: BoundName?
    private var socket: Socket
    private unowned let driver: Driver

    init(_ id: HandleID, _ query: ServerQuery, accepting: Bool, driver: Driver) throws(IOError) {
        self.id = id
        self.driver = driver
        key = query.key.text
        isDatagram = query.key.addressType.isDatagram
        let request = try BindRequest(query)
        // A shared socket is bound only: the workers call listen(2), as under Node.
        let bound = try BoundSocket.bind(request, backlog: accepting ? query.backlog ?? 0 : nil)
        name = bound.name.map(BoundName.init)
        socket = .closed
        if accepting {
            socket = .listening(try Listener(bound, loop: driver.loop, delegate: self))
        } else {
            socket = .shared(SharedSocket(bound))
        }
    }

    func listener(_ listener: Listener, didAccept connection: consuming OwnedFD) {
        driver.didAccept(connection, on: id)
    }

    /// Sends `bytes` with the socket itself.
    func send(_ bytes: [UInt8], over channel: UnixChannel) {
        switch socket {
        case .shared(let shared): shared.send(bytes, over: channel)
        case .listening, .closed: channel.send(bytes)
        }
    }

    func pause() {
        if case .listening(let listener) = socket { listener.pause() }
    }

    func resume() {
        if case .listening(let listener) = socket { listener.resume() }
    }

    func close() {
        if case .listening(let listener) = socket { listener.close() }
        socket = .closed
    }
}
