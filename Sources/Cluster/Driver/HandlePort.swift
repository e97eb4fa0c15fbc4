// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Shared

/// The socket or the sockets of one handle.
final class HandlePort: ConnectionListener.Delegate {
    private enum Sockets {
        /// The primary accepts.
        case listening(ConnectionListener)
        /// The workers do, from one.
        case shared(ServerSocket)
        /// The workers accept, each from its own socket.
        case slots(SlotPorts)
        case closed
    }

    let id: HandleID
    /// As the workers know it.
    let key: String
    /// Nil for a unix socket.
    let name: BoundName?
    private var sockets: Sockets
    private unowned let driver: Driver

    init(_ id: HandleID, _ query: ServerQuery, _ use: SocketUse, driver: Driver) throws(IOError) {
        self.id = id
        self.driver = driver
        key = query.key.text
        let bound = try Self.bind(query, use, driver: driver)
        if use == .slots { try bound.sharePort() }
        name = bound.name.map(BoundName.init)
        let port = bound.name?.port
        let socket = ServerSocket(bound)
        sockets = .closed
        switch use {
        case .accepted: sockets = .listening(try ConnectionListener(socket, loop: driver.loop, delegate: self))
        case .shared: sockets = .shared(socket)
        case .slots:
            let request = try BindRequest(query, use, inherited: driver.inheritedDescriptors)
            sockets = .slots(
                try SlotPorts(
                    first: socket, request.at(port: port ?? 0), backlog: query.backlog ?? 0, driver.loop, self))
        }
    }

    private static func bind(
        _ query: ServerQuery, _ use: SocketUse, driver: Driver
    ) throws(IOError) -> BoundSocket {
        // A socket for workers is bound only: they call listen(2) themselves, as under Node.
        let backlog = use == .accepted ? query.backlog ?? 0 : nil
        // To a program with a primary half, a number is one of that half's descriptors. Some numbers mean nothing there, because
        // the half has not inherited what this process was started with.
        if let number = query.key.fd.flatMap(Int32.init(exactly:)), number >= 0, let script = driver.script {
            do throws(IOError) {
                return try BoundSocket.borrowed(
                    try script.descriptor(number), datagrams: query.key.addressType.isDatagram, backlog: backlog)
            } catch  where driver.inheritedDescriptors.contains(number) {
                // That one is meant.
            }
        }
        // The first of several sockets at a port is bound as if it were the only one. Otherwise it would join the sockets of
        // another server or program, and the kernel would give each the connections of the other.
        let use = use == .slots ? .shared : use
        return try BoundSocket.bind(
            BindRequest(query, use, inherited: driver.inheritedDescriptors), backlog: backlog)
    }

    /// A socket that workers are started with: it listens, and calls on it wait.
    init(_ id: HandleID, _ key: HandleKey, _ url: ListenURL, driver: Driver) throws(IOError) {
        self.id = id
        self.driver = driver
        self.key = key.text
        let bound = try Self.bind(url, backlog: key.addressType.isDatagram ? nil : 0)
        try bound.setBlocking()
        name = bound.name.map(BoundName.init)
        sockets = .shared(ServerSocket(bound))
    }

    /// Also if an agent that was killed has left the file of such a socket.
    private static func bind(_ url: ListenURL, backlog: Int?) throws(IOError) -> BoundSocket {
        do throws(IOError) {
            return try BoundSocket.bind(BindRequest(url), backlog: backlog)
        } catch {
            guard error.code == EADDRINUSE, case .unix(let path) = url.target,
                UnixSocketFile.removeIfLeftBehind(path)
            else { throw error }
            return try BoundSocket.bind(BindRequest(url), backlog: backlog)
        }
    }

    func listener(_ listener: ConnectionListener, didAccept connection: consuming OwnedFD) {
        driver.didAccept(connection, on: id)
    }

    var socketCount: Int {
        switch sockets {
        case .listening, .shared: 1
        case .slots(let slots): slots.count
        case .closed: 0
        }
    }

    /// The socket for the worker.
    func socket(_ slot: SlotID?) -> ServerSocket? {
        switch sockets {
        case .shared(let socket): socket
        case .slots(let slots): slot.flatMap { slots.socket($0) }
        case .listening, .closed: nil
        }
    }

    func bindSlot(_ slot: SlotID) throws(IOError) {
        if case .slots(let slots) = sockets { try slots.bind(slot) }
    }

    func steer(_ program: KernelProgram) throws(IOError) {
        if case .slots(let slots) = sockets { try slots.steer(program) }
    }

    /// Slots in which connections wait for their workers. Nil without slots.
    var backlogs: Set<SlotID>? {
        if case .slots(let slots) = sockets { slots.backlogs } else { nil }
    }

    func adopt(_ slot: SlotID) throws(IOError) {
        if case .slots(let slots) = sockets { try slots.adopt(slot) }
    }

    func release(_ slot: SlotID) {
        if case .slots(let slots) = sockets { slots.release(slot) }
    }

    /// Keeps new clients away until the sockets close.
    func refuseClients() {
        switch sockets {
        case .listening(let listener): listener.socket.refuseClients()
        case .shared(let socket): socket.refuseClients()
        case .slots(let slots): slots.refuseClients()
        case .closed: break
        }
    }

    /// Whether connections that were accepted are just being handed on.
    var isHandingOn: Bool {
        switch sockets {
        case .listening(let listener): listener.isHandingOn
        case .slots(let slots): slots.isHandingOn
        case .shared, .closed: false
        }
    }

    /// Accepts also from slots that workers have, if connections wait there.
    ///
    /// - Returns: whether any wait that nobody has accepted yet.
    func adoptWaiting() -> Bool {
        switch sockets {
        case .listening(let listener): return listener.holdsConnections
        case .shared(let socket): return socket.wouldReset
        case .slots(let slots):
            slots.adoptWaiting()
            return slots.holdConnections
        case .closed: return false
        }
    }

    func pause() {
        switch sockets {
        case .listening(let listener): listener.pause()
        case .slots(let slots): slots.pause()
        case .shared, .closed: break
        }
    }

    func resume() {
        switch sockets {
        case .listening(let listener): listener.resume()
        case .slots(let slots): slots.resume()
        case .shared, .closed: break
        }
    }

    /// Whether its unix socket cannot be reached by its path any more.
    var hasLostPath: Bool {
        switch sockets {
        case .listening(let listener): listener.hasLostPath
        case .shared(let socket): socket.hasLostPath
        case .slots, .closed: false
        }
    }

    /// Another socket replaces it. Connections that wait in it are still served if there is room.
    func giveWay() {
        if case .listening(let listener) = sockets { listener.acceptRest(atMost: driver.roomForConnections(of: id)) }
        close()
    }

    func close() {
        switch sockets {
        case .listening(let listener): listener.close()
        case .slots(let slots): slots.close()
        case .shared, .closed: break
        }
        sockets = .closed
    }
}
