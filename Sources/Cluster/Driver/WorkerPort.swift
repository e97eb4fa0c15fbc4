// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

/// The primary's end of one worker: its process and its channel.
final class WorkerPort: UnixChannel.Delegate {
    private enum ChannelState {
        /// Exits: `finishing`, `closed`.
        case open
        /// Nothing more is sent. What the worker answers is heard. Exits: `closed`.
        case finishing
        case closed
    }

    /// Descriptors that have come while their message is not complete. Node sends one with a message, on its first byte.
    private static let maxUnclaimed = 16
    /// Sockets that a program has sent and the worker has not confirmed.
    private static let maxUnconfirmed = 1024

    let id: WorkerID
    let process: ProcessHandle
    /// The way to the primary script, if the agent runs one.
    var relay: ScriptRelay?
    private var reader: any WireReader<WorkerFrame>
    private let writer: any WireWriter
    private var channel: UnixChannel?
    private var channelState = ChannelState.open
    /// The parent's ends of the worker's pipes.
    private var pipes: [OutputDrain]
    /// What reads the worker's output elsewhere; nil if nobody does.
    let taps: OutputTaps?
    // Unowned: the driver owns this port, and all calls come from the loop's thread, on which the driver goes too.
    // Checking each access would take a tenth of the time that a message takes.
    private unowned(unsafe) let driver: Driver

    private var exchange = HandleExchange()
    private var unreadAnswers = UnreadAnswers()
    private var awaited = AwaitedAnswers()
    private(set) var traffic = ChannelTraffic()
    /// How it answered the connections that it was sent.
    private(set) var answered = ConnectionCounts()
    /// When the bytes that are being handled came. A read may bring hundreds of messages, and reading the clock costs
    /// time.
    private var lastRead = Timestamp.now
    /// Whether the reader is at work. Nobody else may use it then.
    private var isReading = false
    /// Bytes of a message that is not complete.
    private(set) var heldBytes = 0
    /// How much it can make the log say.
    private var logLines = Allowance(burst: 20, perSecond: 1)

    init(
        _ id: WorkerID, _ process: ProcessHandle, channel: consuming OwnedFD, reader: any WireReader<WorkerFrame>,
        writer: any WireWriter, pipes: [OutputDrain], taps: OutputTaps?,
        driver: Driver
    ) throws(IOError) {
        self.id = id
        self.process = process
        self.reader = reader
        self.writer = writer
        self.pipes = pipes
        self.taps = taps
        self.driver = driver
        self.channel = try UnixChannel(channel, loop: driver.loop, delegate: self)
        do throws(IOError) {
            try process.whenExited(on: driver.loop) { [unowned driver] exit in driver.didExit(id, exit) }
        } catch {
            // The loop would go on calling a port that does not exist.
            self.channel?.close()
            throw error
        }
    }

    var pid: Int32 { process.pid }
    var queuedBytes: Int { channel?.queuedBytes ?? 0 }
    /// Whether it has said nothing for a moment. One that has just answered is not stopped, and asking the kernel takes time.
    var isQuiet: Bool { abs(Timestamp.now.milliseconds - lastRead.milliseconds) > 1 }
    /// Whether anything that it sends is still heard.
    var isHeard: Bool { channelState != .closed }

    // MARK: To the worker

    func send(_ message: PrimaryMessage) {
        let bytes = writer.encode(message.message)
        if case .disconnect = message { send(bytes) } else { answer(bytes) }
    }

    /// Sends what the worker has asked for.
    private func answer(_ bytes: [UInt8]) {
        send(bytes)
        didAnswer(bytes)
    }

    private func didAnswer(_ bytes: [UInt8]) {
        guard let channel else { return }
        unreadAnswers.append(bytes.count, end: channel.acceptedBytes, passed: channel.passedBytes)
        guard unreadAnswers.bytes > UnreadAnswers.most else { return }
        driver.breakChannel(id, because: .answersNotRead, "\(unreadAnswers.bytes) bytes of answers wait")
    }

    /// - Throws: `CONNECTION_CLOSED` if `socket` was taken or sent before.
    func sendMessage(json: [UInt8], with socket: PassedSocket?) throws(ClusterError) {
        let bytes = try writer.encodeMessage(json: json, handle: socket?.handleKind)
        guard let socket else { return send(bytes) }
        guard exchange.unconfirmedPassed < Self.maxUnconfirmed else {
            throw ClusterError(
                .resourceExhausted, .messageQueueFull,
                "worker \(id) has not confirmed \(exchange.unconfirmedPassed) sockets; send again later",
                metadata: ["workerId": "\(id)", "queuedBytes": "\(queuedBytes)"])
        }
        guard pass(socket, bytes, attempts: 1, whenArrived: nil) else { throw .socketTaken }
    }

    private func pass(
        _ socket: PassedSocket, _ bytes: [UInt8], attempts: Int, whenArrived: (() -> Void)?
    ) -> Bool {
        guard let channel, socket.descriptor.send(bytes, over: channel) else { return false }
        exchange.didSend(.passed(socket, bytes, attempts: attempts, whenArrived: whenArrived))
        countSent(bytes)
        return true
    }

    private func send(_ bytes: [UInt8]) {
        guard let channel else { return }
        countSent(bytes)
        channel.send(bytes)
    }

    private func countSent(_ bytes: [UInt8]) {
        traffic.sentMessages += 1
        traffic.sentBytes += UInt64(bytes.count)
    }

    func handOver(
        _ connection: DescriptorTable.Token, of table: DescriptorTable, key: String, sequence: Int
    ) {
        guard didSend(.connection(sequence: sequence)) else { return }
        awaited.didSendConnection(sequence)
        let bytes = writer.encodeNewConnection(key: key, sequence: sequence)
        countSent(bytes)
        channel?.send(bytes, with: connection, of: table)
    }

    /// Offers the worker a connection to a server that it does not have. Its event loop declines that, so the program notices
    /// nothing, and the answer proves that the loop turns.
    ///
    /// - Parameters:
    ///   - number: under which the observer hears of the answer. Nil: the machine asks.
    ///   - socket: any stream will do. The worker closes its copy.
    /// - Returns: false if nothing was sent.
    func sendHeartbeat(_ number: Int?, sequence: Int, with socket: SharedDescriptor) -> Bool {
        guard didSend(.heartbeat(sequence: sequence)), let channel else { return false }
        awaited.didSendHeartbeat(number, sequence: sequence)
        let bytes = writer.encodeNewConnection(key: Self.heartbeatKey, sequence: sequence)
        countSent(bytes)
        return socket.send(bytes, over: channel)
    }

    /// No server has this key: the keys of servers begin with their addresses.
    private static let heartbeatKey = "cluster-heartbeat"

    /// - Returns: false if this answers no heartbeat.
    private func didAnswerHeartbeat(_ sequence: Int) -> Bool {
        guard let number = awaited.takeHeartbeat(sequence) else { return false }
        let id = id
        driver.report { $0.didAnswerProbe(id) }
        if let number { driver.notify(.heartbeat(id, number: number)) }
        return true
    }

    func share(_ socket: ServerSocket, _ reply: ServerReply) {
        share(socket, reply, attempts: 1)
    }

    private func share(_ socket: ServerSocket, _ reply: ServerReply, attempts: Int) {
        guard let channel, didSend(.shared(socket, reply, attempts: attempts)) else { return }
        let bytes = writer.encode(reply.messageWithHandle(isDatagram: socket.isDatagram))
        countSent(bytes)
        socket.send(bytes, over: channel)
        didAnswer(bytes)
    }

    /// False if the worker confirms so little that its channel ends.
    private func didSend(_ handle: SentHandles.Sent) -> Bool {
        guard channelState == .open else { return false }
        exchange.didSend(handle)
        guard exchange.isFull || exchange.unconfirmedShared > driver.maxUnconfirmedSockets else { return true }
        driver.breakChannel(id, because: .socketsNotConfirmed)
        return false
    }

    // MARK: From the primary script to the worker

    /// How messages are written on the channel.
    var serialization: Serialization { writer is AdvancedWriter ? .advanced : .json }

    /// Passes a message on as it is.
    func forward(_ raw: UnsafeRawBufferPointer) {
        guard channelState == .open else { return }
        send(writer.frame(raw))
    }

    /// Passes a message on with its socket. A worker that confirms none gets no more.
    ///
    /// - Parameter whenArrived: called when the worker has confirmed it, or was offered it often enough.
    /// - Returns: false if it is not sent.
    func forward(_ raw: UnsafeRawBufferPointer, with socket: PassedSocket, whenArrived: @escaping () -> Void) -> Bool {
        guard channelState == .open, exchange.unconfirmedPassed < Self.maxUnconfirmed else { return false }
        return pass(socket, writer.frame(raw), attempts: 1, whenArrived: whenArrived)
    }

    /// Calls `body` when the worker has read what waits for it.
    func whenFlushed(_ body: @escaping () -> Void) {
        if let channel { channel.whenFlushed(body) } else { body() }
    }

    func enroll(with orphanGuard: OrphanGuard) {
        orphanGuard.enroll(process)
    }

    func signal(_ signal: Signal) {
        do {
            try process.signal(signal.number)
        } catch {
            // The worker runs as another user whom the agent may not signal (kill(2), EPERM).
            driver.logger.info("signal not sent", metadata: ["worker": "\(id)", "error": "\(error)"])
        }
    }

    // MARK: From the worker

    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {
        guard channelState == .open else { return }
        guard exchange.unclaimedCount < Self.maxUnclaimed else {
            return driver.breakChannel(id, because: .strayDescriptors)
        }
        exchange.didReceive(descriptor)
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        traffic.receivedBytes += UInt64(bytes.count)
        lastRead = .now
        var failure: WireError?
        isReading = true
        do {
            try reader.receive(bytes) { frame, raw in
                traffic.receivedMessages += 1
                handle(frame, raw)
            }
        } catch {
            failure = error
        }
        isReading = false
        if let failure { driver.breakChannel(id, because: failure.reason, failure.description) }
        if channelState == .closed { forgetReceived() }
        didHold(reader.heldBytes)
        // A descriptor comes with the first byte of its message, so what is left belongs to none.
        if heldBytes == 0 { exchange.dropUnclaimed() }
    }

    func channel(_ channel: UnixChannel, didLeaveOutBefore others: Int) {
        exchange.didLeaveOut(before: others)?()
    }

    private func didHold(_ bytes: Int) {
        let change = bytes - heldBytes
        guard change != 0 else { return }
        heldBytes = bytes
        driver.didHold(change)
    }

    func channelDidEnd(_ channel: UnixChannel) {
        channelState = .closed
        forgetReceived()
        driver.didEndChannel(id)
    }

    private func handle(_ frame: WorkerFrame, _ raw: UnsafeRawBufferPointer, kind: String? = nil) {
        switch channelState {
        case .open: handleInOrder(frame, raw, kind)
        case .finishing: handleLate(frame)
        // A command in the middle of a read may have closed it.
        case .closed: break
        }
    }

    /// It may still take what it was sent before the end. Nothing else counts.
    private func handleLate(_ frame: WorkerFrame) {
        switch frame {
        case .answer(let sequence, let accepted): didAnswer(sequence, accepted)
        case .handleAcknowledged: exchange.didArrive()?()
        case .handleRefused: didRefuseHandle()
        default: break
        }
    }

    private func didAnswer(_ sequence: Int, _ accepted: Bool) {
        if didAnswerHeartbeat(sequence) { return }
        if accepted { answered.handedOver += 1 } else { answered.declined += 1 }
        if let latency = awaited.takeLatency(of: sequence) { driver.counted.handoverLatency.count(latency) }
        driver.report { $0.didAcknowledge(id, sequence: sequence, accepted: accepted) }
    }

    private func handleInOrder(_ frame: WorkerFrame, _ raw: UnsafeRawBufferPointer, _ kind: String?) {
        switch frame {
        case .answer(let sequence, let accepted):
            didAnswer(sequence, accepted)
        case .handleAcknowledged:
            exchange.didArrive()?()
        case .handleRefused:
            didRefuseHandle()
        case .message(let message):
            relay?.forward(raw)
            didReceive(message, kind, nil)
        case .online:
            driver.report { $0.didComeOnline(id, at: .now) }
        case .query(let query):
            driver.didQuery(id, query)
        case .listening(let address):
            driver.report { $0.didListen(id, on: address, at: .now) }
        case .closeServer(let key):
            driver.didCloseServer(id, key: key)
        case .exitedAfterDisconnect(let sequence):
            driver.report { $0.didAnnounceDisconnect(id, sequence: sequence) }
            relay?.tell(["act": "exitedAfterDisconnect"])
        case .socketList(let query):
            if let relay { return relay.forward(raw) }
            // What it gave to us was closed at once, or is for the program to close.
            answer(writer.encode(query.reply(open: 0)))
        case .withHandle(let kind, _, let inner):
            didReceiveHandle(kind, inner, raw)
        case .unknown:
            // Such as the answer to a question of the script about its sockets.
            relay?.forward(raw)
        }
    }

    private func didReceive(_ message: ReceivedMessage, _ kind: String?, _ socket: PassedSocket?) {
        let isRead = driver.publishesMessages || driver.onMessage != nil
        guard isRead || driver.awaitsReadyMessages || driver.onUnreadMessage != nil else { return }
        do {
            let message = WorkerMessage(json: try message.text(room: EventData.maxBytes), handle: kind, socket: socket)
            if message.saysReady {
                if driver.awaitsReadyMessages { driver.notify(.saidReady(id)) }
            } else if !isRead {
                driver.onUnreadMessage.take()?()
            }
            if driver.publishesMessages { driver.report { $0.didReceiveMessage(message, from: id, at: lastRead) } }
            driver.onMessage?(id, message)
        } catch {
            driver.report { $0.didLoseMessage(from: id, because: error.message, at: lastRead) }
        }
    }

    /// It is confirmed and its kind reported. If the program has no use for it, it is closed.
    private func didReceiveHandle(_ kind: String, _ inner: WorkerFrame, _ raw: UnsafeRawBufferPointer) {
        guard let descriptor = exchange.claim() else {
            answer(writer.encode(HandleReceipt.missing))
            return
        }
        answer(writer.encode(HandleReceipt.arrived))
        guard case .message(let message) = inner, channelState == .open else { return handle(inner, raw, kind: kind) }
        if let relay {
            relay.forward(raw, with: descriptor)
            return didReceive(message, kind, nil)
        }
        var socket: PassedSocket?
        if driver.keepsPassedSockets { socket = passedSocket(descriptor) }
        didReceive(message, kind, socket)
    }

    private func passedSocket(_ descriptor: consuming OwnedFD) -> PassedSocket? {
        do {
            return PassedSocket(try SharedDescriptor(descriptor))
        } catch {
            guard logLines.take(at: lastRead) else { return nil }
            driver.logger.notice(
                "a descriptor that came with a message is not a socket",
                metadata: ["worker": "\(id)", "error": "\(error)"])
            return nil
        }
    }

    private func didRefuseHandle() {
        switch exchange.didNotArrive() {
        case .again(let sent): sendAgain(sent)
        case .givenUp(let whenArrived): whenArrived?()
        case nil: break
        }
    }

    private func sendAgain(_ sent: SentHandles.Sent) {
        switch sent {
        case .connection(let sequence):
            driver.report { $0.didFailHandover(id, sequence: sequence) }
        case .heartbeat(let sequence):
            // Without the descriptor, which it has no room for. Its loop turns all the same.
            _ = didAnswerHeartbeat(sequence)
        case .shared(let socket, let reply, let attempts):
            share(socket, reply, attempts: attempts)
        case .passed(let socket, let bytes, let attempts, let whenArrived):
            // Taken meanwhile, it is the program's and nobody waits for it.
            _ = pass(socket, bytes, attempts: attempts, whenArrived: whenArrived)
        }
    }

    // MARK: The end

    /// Receives what the worker has sent so far. Does nothing while a message is being handled: the program may close
    /// the primary in `onMessage`, and what comes after that message cannot be read before it.
    func drain() {
        guard !isReading else { return }
        channel?.drain()
    }

    /// Whether its inspector was switched on, as far as anybody can see.
    var hasSeenInspector: Bool { taps?.hasSeenInspector == true }

    /// The end of what it wrote to its standard error; nil if that is no pipe of its settings.
    func lastErrors() -> String? {
        pipes.lazy.compactMap { $0.lastText() }.first
    }

    func closeChannel() {
        channelState = .closed
        channel?.close()
        // The sockets that it has not confirmed.
        exchange.forgetSent()
        if !isReading { forgetReceived() }
    }

    /// Sends nothing more. The worker may still take what it was sent, and its answers are read until it closes its
    /// end.
    func finishChannel() {
        guard channelState == .open else { return }
        channelState = .finishing
        channel?.finishSending()
        exchange.dropUnclaimed()
    }

    private func forgetReceived() {
        reader.clear()
        didHold(0)
        exchange.dropUnclaimed()
    }

    /// After the process has ended.
    func close() {
        closeChannel()
        for pipe in pipes { pipe.close() }
        pipes = []
    }
}
