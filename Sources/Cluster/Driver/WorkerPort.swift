// SPDX-License-Identifier: Apache-2.0

import DequeModule
import LinuxIO
import Logging
import Shared

/// The primary's end of one worker: its process and its channel.
final class WorkerPort: UnixChannel.Delegate {
    /// A descriptor that was sent and whose arrival the worker has not confirmed. They are confirmed in the
    /// order in which they were sent.
    private enum SentHandle {
        case connection(sequence: Int)
        case shared(ServerSocket, ServerReply, attempts: Int)
        case passed(PassedSocket, [UInt8], attempts: Int)
    }

    private enum ChannelState {
        /// Exits: `closed`.
        case open
        case closed
    }

    /// As in Node (`lib/internal/child_process.js`, MAX_HANDLE_RETRANSMISSIONS).
    private static let maxAttempts = 4

    let id: WorkerID
    let process: ProcessHandle
    private var reader: any WireReader<WorkerFrame>
    private let writer: any WireWriter
    private var channel: UnixChannel?
    private var channelState = ChannelState.open
    /// The parent's ends of the worker's pipes.
    private var pipes: [OutputDrain]
    // The driver owns this port and goes on the loop's thread, where all calls come from. Having that checked takes a tenth
    // of the time that a message takes.
    private unowned(unsafe) let driver: Driver

    private var sentHandles: Deque<SentHandle> = []
    /// Connections that the worker has not answered, the oldest first.
    private var unanswered: Deque<(sequence: Int, sentAt: ContinuousClock.Instant)> = []
    private(set) var traffic = ChannelTraffic()
    /// When what is being handled came: a read may bring hundreds of messages, and the clock is not free.
    private var lastRead = Timestamp.now
    private var received = DescriptorTable()
    private var receivedTokens: Deque<DescriptorTable.Token> = []

    init(
        _ id: WorkerID, _ process: ProcessHandle, channel: consuming OwnedFD, reader: any WireReader<WorkerFrame>,
        writer: any WireWriter, pipes: [OutputDrain],
        driver: Driver
    ) throws(IOError) {
        self.id = id
        self.process = process
        self.reader = reader
        self.writer = writer
        self.pipes = pipes
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

    // MARK: To the worker

    func send(_ message: PrimaryMessage) {
        send(writer.encode(message.message))
    }

    /// - Throws: `CONNECTION_CLOSED` where `socket` was taken or sent before.
    func sendMessage(json: [UInt8], with socket: PassedSocket?) throws(ClusterError) {
        let bytes = try writer.encodeMessage(json: json, handle: socket?.handleKind)
        guard let socket else { return send(bytes) }
        guard pass(socket, bytes, attempts: 1) else { throw .socketTaken }
    }

    private func pass(_ socket: PassedSocket, _ bytes: [UInt8], attempts: Int) -> Bool {
        guard let channel, socket.descriptor.send(bytes, over: channel) else { return false }
        sentHandles.append(.passed(socket, bytes, attempts: attempts))
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
        sentHandles.append(.connection(sequence: sequence))
        unanswered.append((sequence, .now))
        let bytes = writer.encodeNewConnection(key: key, sequence: sequence)
        countSent(bytes)
        channel?.send(bytes, with: connection, of: table)
    }

    func share(_ socket: ServerSocket, _ reply: ServerReply) {
        share(socket, reply, attempts: 1)
    }

    private func share(_ socket: ServerSocket, _ reply: ServerReply, attempts: Int) {
        guard let channel else { return }
        sentHandles.append(.shared(socket, reply, attempts: attempts))
        socket.send(writer.encode(reply.messageWithHandle(isDatagram: socket.isDatagram)), over: channel)
    }

    func enroll(with orphanGuard: OrphanGuard) throws(IOError) {
        try process.enroll(with: orphanGuard)
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
        receivedTokens.append(received.insert(descriptor))
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        traffic.receivedBytes += UInt64(bytes.count)
        lastRead = .now
        do {
            try reader.receive(bytes) { frame in
                traffic.receivedMessages += 1
                handle(frame)
            }
        } catch {
            driver.logger.warning(
                "worker's channel closed: it sent what is no message",
                metadata: ["worker": "\(id)", "reason": "\(error)"])
            closeChannel()
            driver.didEndChannel(id)
        }
    }

    func channelDidEnd(_ channel: UnixChannel) {
        channelState = .closed
        driver.didEndChannel(id)
    }

    private func handle(_ frame: WorkerFrame, kind: String? = nil) {
        // A command in the middle of a read may have closed the channel.
        guard channelState == .open else { return }
        switch frame {
        case .answer(let sequence, let accepted):
            driver.didAnswerConnection(accepted: accepted, after: latency(of: sequence))
            driver.report { $0.didAcknowledge(id, sequence: sequence, accepted: accepted) }
        case .handleAcknowledged:
            _ = sentHandles.popFirst()
        case .handleRefused:
            didRefuseHandle()
        case .message(let message):
            didReceive(message, kind, nil)
        case .online:
            driver.report { $0.didComeOnline(id, at: .now) }
        case .query(let query):
            driver.didQuery(id, query)
        case .listening(let address):
            driver.report { $0.didListen(id, on: address, at: .now) }
        case .closeServer(let key):
            driver.report { $0.didCloseServer(id, key: key) }
        case .exitedAfterDisconnect(let sequence):
            driver.report { $0.didAnnounceDisconnect(id, sequence: sequence) }
        case .socketList(let query):
            // What it gave to us was closed at once, or is for the program to close.
            send(writer.encode(query.reply(open: 0)))
        case .withHandle(let kind, _, let inner):
            didReceiveHandle(kind, inner)
        case .unknown:
            break
        }
    }

    private func didReceive(_ message: ReceivedMessage, _ kind: String?, _ socket: PassedSocket?) {
        guard driver.publishesMessages || driver.onMessage != nil else { return }
        do {
            let message = WorkerMessage(json: try message.text(), handle: kind, socket: socket)
            if driver.publishesMessages { driver.report { $0.didReceiveMessage(message, from: id, at: lastRead) } }
            driver.onMessage?(id, message)
        } catch {
            driver.report { $0.didLoseMessage(from: id, because: error.message, at: lastRead) }
        }
    }

    /// It is confirmed and its kind reported. Where the program has no use for it, it is closed.
    private func didReceiveHandle(_ kind: String, _ inner: WorkerFrame) {
        guard let token = receivedTokens.popFirst() else {
            send(writer.encode(HandleReceipt.missing))
            return
        }
        let descriptor = received.remove(token)
        send(writer.encode(HandleReceipt.arrived))
        guard case .message(let message) = inner, channelState == .open else { return handle(inner, kind: kind) }
        var socket: PassedSocket?
        if driver.keepsPassedSockets, let descriptor { socket = passedSocket(descriptor) }
        didReceive(message, kind, socket)
    }

    private func passedSocket(_ descriptor: consuming OwnedFD) -> PassedSocket? {
        do {
            return PassedSocket(try SharedDescriptor(descriptor))
        } catch {
            driver.logger.notice(
                "what came with a message is no socket", metadata: ["worker": "\(id)", "error": "\(error)"])
            return nil
        }
    }

    private func didRefuseHandle() {
        switch sentHandles.popFirst() {
        case .connection(let sequence):
            driver.report { $0.didFailHandover(id, sequence: sequence) }
        case .shared(let socket, let reply, let attempts) where attempts < Self.maxAttempts:
            share(socket, reply, attempts: attempts + 1)
        case .passed(let socket, let bytes, let attempts) where attempts < Self.maxAttempts:
            // Taken meanwhile, it is the program's and nobody waits for it.
            _ = pass(socket, bytes, attempts: attempts + 1)
        case .shared, .passed, nil:
            break
        }
    }

    /// Nil for what the worker was not asked. It answers in the order in which it was sent connections, so whatever is
    /// older has been lost.
    private func latency(of sequence: Int) -> Duration? {
        while let oldest = unanswered.first, oldest.sequence <= sequence {
            unanswered.removeFirst()
            if oldest.sequence == sequence { return oldest.sentAt.duration(to: .now) }
        }
        return nil
    }

    // MARK: The end

    /// Receives what the worker has sent so far.
    func drain() {
        channel?.drain()
    }

    /// The end of what it wrote to its standard error; nil where that is no pipe.
    func lastErrors() -> String? {
        pipes.lazy.compactMap { $0.lastText() }.first
    }

    func closeChannel() {
        channelState = .closed
        channel?.close()
    }

    /// After the process has ended.
    func close() {
        closeChannel()
        for pipe in pipes { pipe.close() }
        pipes = []
    }

}
