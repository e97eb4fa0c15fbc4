// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
public import Shared

/// The child's side of node:cluster: listens where the other workers do, and talks to the primary.
///
/// A process has one, in ``ClusterProcess/role``. The actor lives on an epoll thread of its own.
public actor Worker {
    /// Bytes that may wait for the primary to read; then `send` is refused.
    private static let maxQueuedBytes = 16 << 20
    /// Where Node's `send` begins to return false (`lib/internal/child_process.js`).
    private static let highWaterMark = 2 * 65536
    /// Connections that may wait in one listener for the program.
    private static let maxPendingConnections = 128

    /// The number of this worker: `cluster.worker.id`.
    public nonisolated let id: WorkerID
    /// What happens to this worker, in order; for one consumer. Finishes with `disconnect`.
    public nonisolated let events: AsyncStream<WorkerEvent>
    /// What the primary says, in order; for one consumer. Finishes when the channel is closed.
    public nonisolated let messages: AsyncStream<WorkerMessage>

    private nonisolated let loop: EventLoop
    // Used only inside the actor. Nobody is there at `deinit`, which gives it to the loop's thread.
    nonisolated(unsafe) let driver: WorkerDriver
    private let outlet: WorkerOutlet
    private let lateInputs: AsyncStream<WorkerDriver.LateInput>
    /// Until it has started.
    private var channel: OwnedFD?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// - Parameter exit: ends the process.
    /// - Throws: `INTERNAL_ERROR` if the kernel gives no epoll instance or thread.
    init(
        _ channel: consuming PrimaryChannel, logger: Logger, exit: @escaping @Sendable () -> Void
    ) throws(ClusterError) {
        do {
            loop = try EventLoop()
        } catch {
            throw ClusterError(.internal, .internalError, "the event loop cannot start: \(error)", cause: error)
        }
        let outlet = WorkerOutlet(logger: logger)
        let (lateInputs, continuation) = AsyncStream.makeStream(of: WorkerDriver.LateInput.self)
        id = channel.id
        events = outlet.events
        messages = outlet.messages
        self.outlet = outlet
        self.lateInputs = lateInputs
        driver = WorkerDriver(
            channel.serialization, capacity: Self.maxPendingConnections, loop: loop, logger: logger,
            outlets: .init(
                event: { outlet.publish($0) }, message: { outlet.publish($0) }, exit: { exit() },
                later: { continuation.yield($0) }))
        let descriptor = channel.takeDescriptor()
        driver.announce(over: descriptor)
        self.channel = consume descriptor
        Task { await run() }
    }

    deinit {
        loop.stop { [driver] in withExtendedLifetime(driver) {} }
    }

    private func run() async {
        start()
        for await input in lateInputs { driver.take(input) }
    }

    /// Whatever the program asks first comes after this.
    private func start() {
        if let channel = channel.take() { driver.start(channel) }
    }

    // MARK: State

    /// `worker.isConnected()`
    public var isConnected: Bool { driver.machine.isConnected }

    /// `worker.exitedAfterDisconnect`: nil until it is known.
    public var exitedAfterDisconnect: Bool? { driver.machine.exitedAfterDisconnect }

    // MARK: Listening

    /// Listens on a TCP port that this worker shares with all that ask for the same: `net.Server#listen`.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one, the same in all workers.
    ///   - host: an address or a name; nil is any address.
    ///   - backlog: how many connections may wait in the kernel. Nil means 511, as in Node.
    ///   - exclusive: whether the port is this worker's own. The primary does not learn of it.
    ///   - ipv6Only: no IPv4 if `host` is `::`.
    ///   - reusePort: exclusive, and other processes may listen on the same port (socket(7), SO_REUSEPORT).
    ///   - maxConnections: how many may be open at once. Further ones go to other workers.
    /// - Throws: `ALREADY_LISTENING`, `ADDRESS_IN_USE`, `ADDRESS_NOT_PERMITTED`, `ADDRESS_NOT_AVAILABLE`,
    ///   `LISTEN_FAILED` (also if the task is cancelled), `WORKER_LEAVING`, `INVALID_FIELD`
    public func listen(
        port: Int, host: String? = nil, backlog: Int? = nil, exclusive: Bool = false, ipv6Only: Bool = false,
        reusePort: Bool = false, maxConnections: Int? = nil
    ) async throws(ClusterError) -> WorkerListener {
        var place = ListenRequest.Place(address: nil, port: port, addressType: .tcp4)
        if let host {
            let address = try await Self.lookUp(host, nil)
            place.address = address.text
            place.addressType = address.family == .ipv6 ? .tcp6 : .tcp4
        }
        return try await listen(
            ListenRequest(
                place: place, flags: ipv6Only ? ServerQuery.ipv6Only : 0, backlog: backlog,
                isExclusive: exclusive || reusePort, reusesPort: reusePort, maxConnections: maxConnections))
    }

    /// Listens on a unix socket.
    ///
    /// - Parameters:
    ///   - path: relative to this worker's directory; one that begins with NUL is an abstract name (unix(7)).
    ///   - readableAll: everybody may read from it.
    ///   - writableAll: everybody may write to it.
    /// - Throws: as ``listen(port:host:backlog:exclusive:ipv6Only:reusePort:maxConnections:)``.
    public func listen(
        path: String, backlog: Int? = nil, exclusive: Bool = false, readableAll: Bool = false,
        writableAll: Bool = false, maxConnections: Int? = nil
    ) async throws(ClusterError) -> WorkerListener {
        let isFile = path.utf8.first.map { $0 != 0 } ?? false
        return try await listen(
            ListenRequest(
                place: .init(address: isFile ? ProgramFinder.absolute(path) : path, port: -1, addressType: .pipe),
                backlog: backlog, readableAll: readableAll, writableAll: writableAll, isExclusive: exclusive,
                maxConnections: maxConnections))
    }

    /// Listens on a socket that the primary was started with.
    ///
    /// - Parameter descriptor: its number in the primary, which must be one of
    ///   ``PrimaryConfiguration/inheritedDescriptors``. If this worker was started with sockets (`listen` in the settings),
    ///   3 and up are its own.
    /// - Throws: as ``listen(port:host:backlog:exclusive:ipv6Only:reusePort:maxConnections:)``.
    public func listen(
        descriptor: Int, backlog: Int? = nil, maxConnections: Int? = nil
    ) async throws(ClusterError) -> WorkerListener {
        try await listen(
            ListenRequest(
                place: .init(address: nil, port: nil, addressType: nil, fd: descriptor), backlog: backlog,
                maxConnections: maxConnections))
    }

    private func listen(_ request: ListenRequest) async throws(ClusterError) -> WorkerListener {
        guard !driver.machine.listens(at: request.place) else { throw .alreadyListening(request.place) }
        let opened = try await open(request)
        guard let buffer = opened.buffer else { preconditionFailure("a stream that has no connections") }
        return WorkerListener(opened.id, address(of: request, opened), buffer, of: self)
    }

    func open(_ request: ListenRequest) async throws(ClusterError) -> OpenedListener {
        try request.check()
        start()
        switch await driver.listen(request) {
        case .success(let opened): return opened
        case .failure(let failure): throw .cannotListen(request.place, failure)
        }
    }

    func address(of request: ListenRequest, _ opened: OpenedListener) -> ListeningAddress {
        ListeningAddress(
            address: request.place.address, port: opened.port ?? request.place.port,
            addressType: request.place.addressType ?? .pipe, fd: request.place.fd)
    }

    /// Off this thread, because it may take its time.
    static func lookUp(
        _ host: String, _ family: SocketName.Family?
    ) async throws(ClusterError) -> (text: String, family: SocketName.Family) {
        let found = Promise<Result<(text: String, family: SocketName.Family), any Error>>()
        Task.detached { found.keep(Result { try HostLookup.address(of: host, family: family) }) }
        do {
            guard let result = await found.value() else { throw CancellationError() }
            return try result.get()
        } catch is CancellationError {
            throw ClusterError(
                .unavailable, .listenFailed, "\(host) was not looked up: the task was cancelled",
                metadata: ["address": host])
        } catch {
            throw ClusterError(
                .invalidArgument, .addressNotAvailable, "\(host) has no address; give an IP address or a known name",
                metadata: ["address": host], cause: error)
        }
    }

    func close(_ id: ListenerID) {
        driver.report { $0.closeListener(id) }
    }

    // MARK: Messages

    /// Sends a message to the primary: `process.send`.
    ///
    /// - Parameter socket: goes with the message, and belongs to the primary then.
    /// - Returns: false if much waits to be read already; better wait before sending more.
    /// - Throws: `WORKER_NOT_CONNECTED`, `MALFORMED_JSON`, `RESERVED_MESSAGE`, `MESSAGE_QUEUE_FULL`,
    ///   `CONNECTION_CLOSED` if the socket was sent before
    @discardableResult
    public func send(
        _ message: some Encodable & Sendable, with socket: PassedSocket? = nil
    ) throws(ClusterError) -> Bool {
        try send(json: MessageText.json(message), with: socket)
    }

    /// Sends a message that is JSON already.
    ///
    /// - Parameter json: one JSON value in UTF-8.
    /// - Throws: as ``send(_:with:)``.
    @discardableResult
    public func send(json: [UInt8], with socket: PassedSocket? = nil) throws(ClusterError) -> Bool {
        start()
        try MessageText.check(json)
        guard driver.machine.isConnected else {
            throw ClusterError(
                .failedPrecondition, .workerNotConnected,
                "the channel to the primary is closed; send before disconnect",
                metadata: ["workerId": "\(id)"])
        }
        guard driver.queuedBytes < Self.maxQueuedBytes else {
            throw ClusterError(
                .resourceExhausted, .messageQueueFull,
                "the primary does not read: \(driver.queuedBytes) bytes wait for it; send again later",
                metadata: ["queuedBytes": "\(driver.queuedBytes)"])
        }
        try driver.send(json, with: socket)
        return driver.queuedBytes < Self.highWaterMark
    }

    // MARK: The end

    /// Leaves in good order: closes the listeners, waits until their connections are closed, tells the primary that the
    /// exit is voluntary, and closes the channel. Asking twice changes nothing.
    public func disconnect() {
        start()
        driver.report { $0.disconnect() }
    }

    /// Tells the primary that the exit is voluntary, closes the channel and ends the process with code 0:
    /// `worker.kill`, which takes no signal in a worker.
    public func kill() {
        start()
        driver.report { $0.kill() }
    }

    /// Returns when the worker must leave, because the primary or the program wants it or the primary is gone. Returns
    /// at once if that is so already, or if the task is cancelled.
    public func waitUntilLeaving() async {
        await wait(for: .leaving)
    }

    /// Returns when the channel is closed; at once if it is, or if the task is cancelled.
    public func waitUntilDisconnected() async {
        await wait(for: .disconnected)
    }

    private func wait(for stage: WorkerOutlet.Stage) async {
        start()
        let ticket = outlet.makeTicket()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume() }
                outlet.addWaiter(continuation, for: stage, ticket: ticket)
            }
        } onCancel: {
            Task { await self.cancelWait(ticket) }
        }
    }

    private func cancelWait(_ ticket: Int) {
        outlet.cancelWaiter(ticket)
    }
}
