// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

/// A worker's end of the channel to its primary.
final class PrimaryPort: UnixChannel.Delegate {
    private var reader: any WireReader<PrimaryFrame>
    private let writer: any WireWriter
    private var channel: UnixChannel?
    private unowned let driver: WorkerDriver

    private var exchange = HandleExchange()
    /// The descriptor of the message that is being handled.
    private var current: OwnedFD?
    private var tracked = TrackedSockets()

    init(_ serialization: Serialization, driver: WorkerDriver) {
        self.driver = driver
        switch serialization {
        case .json: (reader, writer) = (JSONReader<PrimaryFrame>(), JSONWriter())
        case .advanced: (reader, writer) = (AdvancedReader<PrimaryFrame>(), AdvancedWriter())
        }
    }

    /// Takes over the channel.
    func start(_ descriptor: consuming OwnedFD) {
        do {
            channel = try UnixChannel(descriptor, loop: driver.loop, delegate: self)
        } catch {
            driver.logger.error("no channel to the primary", metadata: ["error": "\(error)"])
            driver.report { $0.didCloseChannel() }
        }
    }

    // MARK: To the primary

    var queuedBytes: Int { channel?.queuedBytes ?? 0 }

    func send(_ notice: WorkerNotice, sequence: Int) {
        channel?.send(writer.encode(notice.message(sequence: sequence)))
    }

    /// Before the channel is there.
    func send(_ notice: WorkerNotice, sequence: Int, over descriptor: borrowing OwnedFD) {
        UnixChannel.sendFirst(writer.encode(notice.message(sequence: sequence)), over: descriptor)
    }

    /// The kernel has the message when this returns, if it has room for it: the program may end right after, as Node's may.
    ///
    /// - Throws: `CONNECTION_CLOSED` if `socket` was taken or sent before.
    func sendMessage(json: [UInt8], with socket: PassedSocket?) throws(ClusterError) {
        let bytes = try writer.encodeMessage(json: json, handle: socket?.handleKind)
        guard let channel else { return }
        if let socket {
            guard pass(socket, bytes, attempts: 1, over: channel) else { throw .socketTaken }
        } else {
            channel.send(bytes)
        }
        channel.sendBatch()
    }

    private func pass(_ socket: PassedSocket, _ bytes: [UInt8], attempts: Int, over channel: UnixChannel) -> Bool {
        guard socket.descriptor.send(bytes, over: channel) else { return false }
        exchange.didSend(.passed(socket, bytes, attempts: attempts, whenArrived: nil))
        return true
    }

    func close() {
        channel?.close()
    }

    // MARK: From the primary

    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {
        exchange.didReceive(descriptor)
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        do {
            try reader.receive(bytes) { handle($0, kind: nil) }
        } catch {
            driver.logger.error("the primary sent bytes that are not a message", metadata: ["reason": "\(error)"])
            channel.close()
            channelDidEnd(channel)
        }
    }

    func channel(_ channel: UnixChannel, didLeaveOutBefore others: Int) {
        _ = exchange.didLeaveOut(before: others)
    }

    func channelDidEnd(_ channel: UnixChannel) {
        self.channel = nil
        driver.report { $0.didCloseChannel() }
    }

    private func handle(_ frame: PrimaryFrame, kind: String?) {
        // An earlier message of the same read may have closed the channel.
        guard let channel, driver.machine.isConnected else { return }
        switch frame {
        case .withHandle(let kind, let tracker, let inner): didReceiveHandle(kind, tracker, inner, over: channel)
        case .newConnection: break
        case .answer(let answer): driver.report { $0.didReceiveAnswer(answer, hasSocket: current != nil) }
        case .disconnect: driver.report { $0.didReceiveDisconnect() }
        case .handleAcknowledged: _ = exchange.didArrive()
        case .handleRefused: sendAgain(over: channel)
        case .socketList(let query): answer(query, over: channel)
        case .message(let message): didReceive(message, kind: kind, socket: nil)
        case .unknown: break
        }
    }

    private func didReceiveHandle(
        _ kind: String, _ tracker: String?, _ inner: PrimaryFrame, over channel: UnixChannel
    ) {
        guard let descriptor = exchange.claim() else {
            channel.send(writer.encode(HandleReceipt.missing))
            return
        }
        current = consume descriptor
        defer { _ = takeDescriptor() }
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

    /// The descriptor that came with the message that is being handled.
    func takeDescriptor() -> OwnedFD? { current.take() }

    private func sendAgain(over channel: UnixChannel) {
        if case .again(.passed(let socket, let bytes, let attempts, _)) = exchange.didNotArrive(),
            pass(socket, bytes, attempts: attempts, over: channel)
        {
            return
        }
        driver.logger.notice("a socket did not reach the primary")
    }

    /// One that is declined stays the primary's, and our copy of it closes.
    private func didReceiveConnection(_ key: String, _ sequence: Int, over channel: UnixChannel) {
        let taker = driver.listenerWithRoom(key)
        channel.send(
            writer.encodeConnectionAnswer(
                to: sequence, accepted: taker != nil, sequence: driver.machine.nextSequence()))
        if let taker, let connection = takeDescriptor() { taker.take(connection) }
    }

    private func didReceive(_ message: ReceivedMessage, kind: String?, socket: PassedSocket?) {
        do {
            // The worker trusts its primary.
            driver.didReceive(WorkerMessage(json: try message.text(room: .max), handle: kind, socket: socket))
        } catch {
            driver.logger.notice("message not shown", metadata: ["reason": "\(error)"])
        }
    }

    // MARK: Sockets that the primary's program gave us

    private func passedSocket(_ tracker: String?) -> PassedSocket? {
        guard let descriptor = takeDescriptor() else { return nil }
        do {
            let socket = try SharedDescriptor(descriptor)
            return PassedSocket(socket, lease: tracker.map { tracked.lease($0) })
        } catch {
            driver.logger.notice(
                "a descriptor that came with a message is not a socket", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func answer(_ query: SocketListQuery, over channel: UnixChannel) {
        switch query.question {
        case .count: channel.send(writer.encode(query.reply(open: tracked.count(query.key))))
        case .allClosed:
            tracked.whenClosed(query.key) { [later = driver.later] in later(.socketsClosed(query.key)) }
        }
    }

    func didCloseSockets(_ key: String) {
        tracked.forget(key)
        channel?.send(writer.encode(SocketListQuery(question: .allClosed, key: key).reply(open: 0)))
    }
}
