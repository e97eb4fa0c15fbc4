// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Glibc
import LinuxIO
import Logging
import Shared

/// Does what a worker's state machine wants and tells it what came of it. All of it runs on the loop's thread.
final class WorkerDriver: UnixChannel.Delegate {
    typealias Opening = CheckedContinuation<Result<OpenedListener, ListenFailure>, Never>

    /// What the driver tells the facade.
    struct Outlets {
        var event: (WorkerEvent) -> Void
        var message: (WorkerMessage) -> Void
        /// Ends the process.
        var exit: () -> Void
        /// What happens on another thread; comes back through `perform`.
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

    private(set) var machine = WorkerStateMachine()
    let loop: EventLoop
    private let logger: Logger
    private let outlets: Outlets
    private let capacity: Int
    private var reader: any WireReader<PrimaryFrame>
    private let writer: any WireWriter
    private var channel: UnixChannel?
    private var listeners: [ListenerID: OpenedSocket] = [:]
    private var openings: [ListenerID: Opening] = [:]
    private var unconfirmed = UnconfirmedSockets()
    private var received = DescriptorTable()
    private var receivedTokens: Deque<DescriptorTable.Token> = []
    /// The descriptor of the message that is being handled.
    private var current: DescriptorTable.Token?
    private var tracked = TrackedSockets()
    private var isDraining = false

    /// - Parameter capacity: connections that may wait in one listener for the program.
    init(
        _ serialization: Serialization, capacity: Int, loop: EventLoop, logger: Logger, outlets: Outlets
    ) {
        self.capacity = capacity
        self.loop = loop
        self.logger = logger
        self.outlets = outlets
        switch serialization {
        case .json: (reader, writer) = (JSONReader<PrimaryFrame>(), JSONWriter())
        case .advanced: (reader, writer) = (AdvancedReader<PrimaryFrame>(), AdvancedWriter())
        }
    }

    /// Says `online`, before the loop has the channel: a program that ends at once was online all the same.
    func announce(over descriptor: borrowing OwnedFD) {
        machine.didStart()
        while case .send(let notice, let sequence)? = machine.nextAction() {
            UnixChannel.sendFirst(writer.encode(notice.message(sequence: sequence)), over: descriptor)
        }
    }

    /// Takes over the channel.
    func start(_ descriptor: consuming OwnedFD) {
        do {
            channel = try UnixChannel(descriptor, loop: loop, delegate: self)
        } catch {
            logger.error("no channel to the primary", metadata: ["error": "\(error)"])
            report { $0.didCloseChannel() }
        }
    }

    // MARK: The funnel

    /// Gives the machine an input and does what it then wants.
    func report<Result>(_ input: (inout WorkerStateMachine) -> Result) -> Result {
        defer { drain() }
        return input(&machine)
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        defer { isDraining = false }
        while let action = machine.nextAction() { run(action) }
    }

    private func run(_ action: WorkerAction) {
        switch action {
        case .send(let notice, let sequence): channel?.send(writer.encode(notice.message(sequence: sequence)))
        case .bind(let id, let request): bind(id, request)
        case .openShared(let id, let request): openShared(id, request)
        case .openFed(let id, let name): openFed(id, name)
        case .refuse(let id, let failure): openings.removeValue(forKey: id)?.resume(returning: .failure(failure))
        case .close(let id): close(id)
        case .dropDescriptor: _ = takeCurrent()
        case .closeChannel:
            channel?.close()
            machine.didCloseChannel()
        case .emit(let event): outlets.event(event)
        case .exit: outlets.exit()
        }
    }

    // MARK: Listeners

    func listen(
        isolation: isolated (any Actor)? = #isolation, _ request: ListenRequest
    ) async -> Result<OpenedListener, ListenFailure> {
        await withCheckedContinuation { continuation in
            // Known before anything is done, because a refusal may come at once.
            openings[machine.listen(request)] = continuation
            drain()
        }
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
            guard let descriptor = takeCurrent() else { throw IOError("recvmsg", code: EBADF) }
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

    private func openFed(_ id: ListenerID, _ name: BoundName?) {
        let limit = machine.listeners[id]?.request.maxConnections
        open(id) { () throws(IOError) in
            .listener(
                ListenerPort(
                    id, port: name?.port, capacity: capacity, maxConnections: limit, loop: loop, onRoom: onRoom))
        }
    }

    private func open(_ id: ListenerID, _ body: () throws(IOError) -> OpenedSocket) {
        do {
            let socket = try body()
            listeners[id] = socket
            openings.removeValue(forKey: id)?.resume(returning: .success(OpenedListener(id, socket)))
            machine.didOpen(id, port: socket.port)
        } catch {
            machine.didFailOpening(id, errno: error.code)
        }
    }

    private func close(_ id: ListenerID) {
        let later = outlets.later
        switch listeners.removeValue(forKey: id) {
        case .listener(let listener): listener.close { later(.drained(id)) }
        case .datagrams(let datagrams):
            datagrams.wakeAll()
            machine.didDrain(id)
        case nil: machine.didDrain(id)
        }
    }

    func perform(_ input: LateInput) {
        switch input {
        case .room(let id):
            if case .listener(let listener) = listeners[id] { listener.resume() }
        case .drained(let id): report { $0.didDrain(id) }
        case .socketsClosed(let key): didCloseSockets(key)
        }
    }

    private var onRoom: @Sendable (ListenerID) -> Void {
        { [later = outlets.later] id in later(.room(id)) }
    }

    /// Nil once it is closed.
    func datagrams(_ id: ListenerID) -> DatagramPort? {
        if case .datagrams(let datagrams) = listeners[id] { datagrams } else { nil }
    }

    // MARK: Messages

    var queuedBytes: Int { channel?.queuedBytes ?? 0 }

    func send(_ json: [UInt8], with socket: PassedSocket?) throws(ClusterError) {
        let bytes = try writer.encodeMessage(json: json, handle: socket?.handleKind)
        guard let channel else { return }
        guard let socket else { return channel.send(bytes) }
        guard unconfirmed.send(socket, with: bytes, over: channel) else { throw .socketTaken }
    }

    // MARK: From the primary

    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {
        receivedTokens.append(received.insert(descriptor))
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        do {
            try reader.receive(bytes) { handle($0, kind: nil) }
        } catch {
            logger.error("the primary sent what is no message", metadata: ["reason": "\(error)"])
            channel.close()
            channelDidEnd(channel)
        }
    }

    func channelDidEnd(_ channel: UnixChannel) {
        self.channel = nil
        report { $0.didCloseChannel() }
    }

    private func handle(_ frame: PrimaryFrame, kind: String?) {
        // What came before in the same read may have closed the channel.
        guard let channel, machine.isConnected else { return }
        switch frame {
        case .withHandle(let kind, let tracker, let inner): didReceiveHandle(kind, tracker, inner)
        case .newConnection: break
        case .answer(let answer): report { $0.didReceiveAnswer(answer, hasSocket: current != nil) }
        case .disconnect: report { $0.didReceiveDisconnect() }
        case .handleAcknowledged: unconfirmed.didArrive()
        case .handleRefused:
            if !unconfirmed.didNotArrive(over: channel) { logger.notice("a socket did not reach the primary") }
        case .socketList(let query): answer(query, over: channel)
        case .message(let message): didReceive(message, kind: kind, socket: nil)
        case .unknown: break
        }
    }

    private func didReceiveHandle(_ kind: String, _ tracker: String?, _ inner: PrimaryFrame) {
        guard let channel else { return }
        guard let token = receivedTokens.popFirst() else {
            channel.send(writer.encode(HandleReceipt.missing))
            return
        }
        current = token
        defer { _ = takeCurrent() }
        if case .newConnection(let key, let sequence) = inner {
            return didReceiveConnection(key, sequence, over: channel)
        }
        channel.send(writer.encode(HandleReceipt.arrived))
        if case .message(let message) = inner {
            didReceive(message, kind: kind, socket: passedSocket(tracker))
        } else {
            handle(inner, kind: kind)
        }
    }

    private func takeCurrent() -> OwnedFD? {
        guard let token = current else { return nil }
        current = nil
        return received.remove(token)
    }

    /// One that is declined stays the primary's, and our copy of it closes.
    private func didReceiveConnection(_ key: String, _ sequence: Int, over channel: UnixChannel) {
        var taker: ListenerPort?
        if let id = machine.listener(of: key), case .listener(let listener) = listeners[id], listener.hasRoom {
            taker = listener
        }
        channel.send(
            writer.encodeConnectionAnswer(
                to: sequence, accepted: taker != nil, sequence: machine.nextSequence()))
        if let taker, let connection = takeCurrent() { taker.take(connection) }
    }

    private func didReceive(_ message: ReceivedMessage, kind: String?, socket: PassedSocket?) {
        do {
            outlets.message(WorkerMessage(json: try message.text(), handle: kind, socket: socket))
        } catch {
            logger.notice("message not shown", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Sockets that the primary's program gave us

    private func passedSocket(_ tracker: String?) -> PassedSocket? {
        guard let descriptor = takeCurrent() else { return nil }
        do {
            let socket = try SharedDescriptor(descriptor)
            return PassedSocket(socket, lease: tracker.map { tracked.lease($0) })
        } catch {
            logger.notice("what came with a message is no socket", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func answer(_ query: SocketListQuery, over channel: UnixChannel) {
        switch query.question {
        case .count: channel.send(writer.encode(query.reply(open: tracked.count(query.key))))
        case .allClosed:
            tracked.whenClosed(query.key) { [later = outlets.later] in later(.socketsClosed(query.key)) }
        }
    }

    private func didCloseSockets(_ key: String) {
        tracked.forget(key)
        channel?.send(writer.encode(SocketListQuery(question: .allClosed, key: key).reply(open: 0)))
    }
}
