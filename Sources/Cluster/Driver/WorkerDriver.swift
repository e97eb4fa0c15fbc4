// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Logging
import Shared

/// Runs the actions of a worker's state machine and tells it their results. All of it runs on the loop's thread.
final class WorkerDriver: Funnel {
    typealias Opening = Promise<Result<OpenedListener, ListenFailure>>

    /// What the driver tells the facade.
    struct Outlets {
        var event: (WorkerEvent) -> Void
        var message: (WorkerMessage) -> Void
        /// Ends the process.
        var exit: () -> Void
        /// What happens on another thread; comes back through `take`.
        var later: @Sendable (LateInput) -> Void
    }

    enum LateInput: Sendable {
        /// A listener has room again.
        case room(ListenerID)
        /// A listener's connections are closed.
        case drained(ListenerID)
        /// The sockets that came under this key are closed.
        case socketsClosed(String)
    }

    var machine = WorkerStateMachine()
    var isDraining = false
    let loop: EventLoop
    let logger: Logger
    private let outlets: Outlets
    private let capacity: Int
    private let serialization: Serialization
    private lazy var primary = PrimaryPort(serialization, driver: self)
    private var sockets: [ListenerID: OpenedSocket] = [:]
    private var openings: [ListenerID: Opening] = [:]

    /// - Parameter capacity: connections that may wait in one listener for the program.
    init(
        _ serialization: Serialization, capacity: Int, loop: EventLoop, logger: Logger, outlets: Outlets
    ) {
        self.serialization = serialization
        self.capacity = capacity
        self.loop = loop
        self.logger = logger
        self.outlets = outlets
    }

    /// Says `online` before the loop has the channel, so that a program that ends at once was online all the same.
    func announce(over descriptor: borrowing OwnedFD) {
        machine.didStart()
        while case .send(let notice, let sequence)? = machine.nextAction() {
            primary.send(notice, sequence: sequence, over: descriptor)
        }
    }

    /// Takes over the channel.
    func start(_ descriptor: consuming OwnedFD) {
        primary.start(descriptor)
    }

    func run(_ action: WorkerAction) {
        switch action {
        case .send(let notice, let sequence): primary.send(notice, sequence: sequence)
        case .bind(let id, let request): bind(id, request)
        case .openShared(let id, let request): openShared(id, request)
        case .openFed(let id, let request, let name): openFed(id, request, name)
        case .refuse(let id, let failure): openings.removeValue(forKey: id)?.keep(.failure(failure))
        case .close(let id): close(id)
        case .dropDescriptor: _ = primary.takeDescriptor()
        case .closeChannel:
            primary.close()
            machine.didCloseChannel()
        case .emit(let event): outlets.event(event)
        case .exit: outlets.exit()
        }
    }

    var later: @Sendable (LateInput) -> Void { outlets.later }

    func take(_ input: LateInput) {
        switch input {
        case .room(let id):
            if case .listener(let listener) = sockets[id] { listener.resume() }
        case .drained(let id): report { $0.didDrain(id) }
        case .socketsClosed(let key): primary.didCloseSockets(key)
        }
    }

    // MARK: Messages

    var queuedBytes: Int { primary.queuedBytes }

    /// - Throws: as ``PrimaryPort/sendMessage(json:with:)``.
    func send(_ json: [UInt8], with socket: PassedSocket?) throws(ClusterError) {
        try primary.sendMessage(json: json, with: socket)
    }

    func didReceive(_ message: WorkerMessage) {
        outlets.message(message)
    }

    // MARK: Listeners

    func listen(
        isolation: isolated (any Actor)? = #isolation, _ request: ListenRequest
    ) async -> Result<OpenedListener, ListenFailure> {
        guard !Task.isCancelled else { return .failure(.cancelled) }
        let opening = Opening()
        let id = machine.listen(request)
        // Known before anything is done, because a refusal may come at once.
        openings[id] = opening
        drain()
        if let result = await opening.value() { return result }
        // The task is cancelled: nobody wants it. If it is not open yet, it is closed when it is.
        openings[id] = nil
        report { $0.closeListener(id) }
        return .failure(.cancelled)
    }

    /// Who takes a connection that the primary hands over; nil if nobody can.
    func listenerWithRoom(_ key: String) -> ListenerPort? {
        guard let id = machine.listener(of: key), case .listener(let listener) = sockets[id], listener.hasRoom
        else { return nil }
        return listener
    }

    /// Nil once it is closed.
    func datagrams(_ id: ListenerID) -> DatagramPort? {
        if case .datagrams(let datagrams) = sockets[id] { datagrams } else { nil }
    }

    private func bind(_ id: ListenerID, _ request: ListenRequest) {
        open(id) { () throws(IOError) in
            let bound = try BoundSocket.bind(
                try BindRequest(request), backlog: request.isDatagram ? nil : request.backlog ?? 0)
            return try accept(id, request, from: bound)
        }
    }

    private func openShared(_ id: ListenerID, _ request: ListenRequest) {
        open(id) { () throws(IOError) in
            guard let descriptor = primary.takeDescriptor() else { throw IOError("recvmsg", code: EBADF) }
            return try accept(id, request, from: try BoundSocket.received(descriptor))
        }
    }

    private func accept(
        _ id: ListenerID, _ request: ListenRequest, from bound: consuming BoundSocket
    ) throws(IOError) -> OpenedSocket {
        if request.isDatagram { return .datagrams(DatagramPort(bound, loop: loop)) }
        let socket = ServerSocket(bound)
        // What the primary shares is bound only.
        try socket.listen(backlog: request.backlog ?? 0)
        return .listener(
            try ListenerPort(
                id, accepting: socket, capacity: capacity, maxConnections: request.maxConnections, loop: loop,
                onRoom: onRoom))
    }

    private func openFed(_ id: ListenerID, _ request: ListenRequest, _ name: BoundName?) {
        open(id) { () throws(IOError) in
            .listener(
                ListenerPort(
                    id, port: name?.port, capacity: capacity, maxConnections: request.maxConnections, loop: loop,
                    onRoom: onRoom))
        }
    }

    private func open(_ id: ListenerID, _ body: () throws(IOError) -> OpenedSocket) {
        do {
            let socket = try body()
            sockets[id] = socket
            let opening = openings.removeValue(forKey: id)
            opening?.keep(.success(OpenedListener(id, socket)))
            machine.didOpen(id, port: socket.port)
            if opening == nil { machine.closeListener(id) }
        } catch {
            machine.didFailOpening(id, errno: error.code)
        }
    }

    private func close(_ id: ListenerID) {
        switch sockets.removeValue(forKey: id) {
        case .listener(let listener): listener.close { [later] in later(.drained(id)) }
        case .datagrams(let datagrams):
            datagrams.watch.wakeAll()
            machine.didDrain(id)
        case nil: machine.didDrain(id)
        }
    }

    private var onRoom: @Sendable (ListenerID) -> Void {
        { [later] id in later(.room(id)) }
    }
}
