// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

/// Carries messages between one worker and the primary script. The script's end behaves as the worker's own channel would:
/// both halves of the program write what Node writes, and the relay passes it on as it is. What belongs to node:cluster
/// itself stays here, because the agent is the worker's primary.
final class ScriptRelay: UnixChannel.Delegate {
    /// Bytes that may wait until the script has made room for a worker that somebody else has forked.
    private static let maxWaitingBytes = 1 << 20
    /// Bytes that may wait for the worker. The script is not read meanwhile.
    private static let maxWorkerBytes = 1 << 20
    /// Descriptors that have come while their message is not complete.
    private static let maxUnclaimed = 16
    private static let maxUnconfirmed = 1024

    /// Set as soon as the worker has its number.
    var worker = WorkerID.first
    private var reader: any WireReader<PrimaryFrame>
    private let writer: any WireWriter
    private var channel: UnixChannel?
    private unowned let host: ScriptHost
    private var exchange = HandleExchange()
    /// What the script is to read once it is connected.
    private var waiting: [[UInt8]] = []
    private var waitingBytes = 0
    private var isConnected = false
    private var isFinishing = false
    private var sequence = 0
    private var lostMessages = 0
    /// The end of the worker's process, if the script does not know the worker yet.
    var exit: ScriptNotice?
    /// The worker when its process had ended.
    var info: WorkerInfo?

    init(_ serialization: Serialization, host: ScriptHost) {
        self.host = host
        switch serialization {
        case .json: (reader, writer) = (JSONReader<PrimaryFrame>(), JSONWriter())
        case .advanced: (reader, writer) = (AdvancedReader<PrimaryFrame>(), AdvancedWriter())
        }
    }

    // The loop holds the channel, and the channel does not hold this. A fork that was refused leaves nothing else.
    deinit { channel?.close() }

    /// Bytes that wait for the script.
    var queuedBytes: Int { (channel?.queuedBytes ?? 0) + waitingBytes }

    /// Whether the script knows the worker.
    var isKnown: Bool { isConnected }
    /// Whether everything has been said.
    var isOver: Bool { isConnected && channel == nil }

    /// The script has connected its end.
    func connect(_ descriptor: consuming OwnedFD) throws(IOError) {
        channel = try UnixChannel(descriptor, loop: host.loop, delegate: self)
        isConnected = true
        for bytes in waiting { channel?.send(bytes) }
        waiting = []
        waitingBytes = 0
        if isFinishing { closeWhenFlushed() }
    }

    // MARK: To the script

    /// Tells the script's node:cluster what the worker has told its primary.
    func tell(_ fields: [String: JSONValue]) {
        let own: [String: JSONValue] = ["cmd": "NODE_CLUSTER", "seq": .integer(Int64(sequence))]
        sequence += 1
        let bytes = writer.encode(.object(fields.merging(own) { _, own in own }))
        if hasRoom(for: bytes.count) { send(bytes) }
    }

    /// Passes a message of the worker's program on.
    func forward(_ raw: UnsafeRawBufferPointer) {
        guard hasRoom(for: raw.count) else { return }
        send(writer.frame(raw))
    }

    /// Passes a message on that came with a socket.
    func forward(_ raw: UnsafeRawBufferPointer, with descriptor: consuming OwnedFD) {
        guard channel != nil, exchange.unconfirmedPassed < Self.maxUnconfirmed, hasRoom(for: raw.count) else { return }
        pass(PassedSocket(SharedDescriptor(stream: descriptor)), writer.frame(raw), attempts: 1)
    }

    private func hasRoom(for count: Int) -> Bool {
        if isConnected, channel == nil { return false }
        guard queuedBytes > 0 else { return true }
        // The agent cannot stop reading what the worker says of its connections, so messages are lost beyond that.
        let most = isConnected ? ScriptHost.mostRelayed.one : Self.maxWaitingBytes
        if queuedBytes + count <= most, host.relayedBytes + count <= ScriptHost.mostRelayed.all { return true }
        if lostMessages == 0 {
            host.logger.warning(
                "the primary script does not read its workers' messages; some are lost",
                metadata: ["worker": "\(worker)", "queuedBytes": "\(queuedBytes)"])
        }
        lostMessages += 1
        return false
    }

    private func send(_ bytes: [UInt8]) {
        guard !isFinishing else { return }
        if let channel { return channel.send(bytes) }
        guard !isConnected else { return }
        waiting.append(bytes)
        waitingBytes += bytes.count
    }

    private func pass(_ socket: PassedSocket, _ bytes: [UInt8], attempts: Int) {
        guard let channel, socket.descriptor.send(bytes, over: channel) else { return }
        exchange.didSend(.passed(socket, bytes, attempts: attempts, whenArrived: nil))
    }

    /// The worker's channel has ended: the script's ends too, once it has read everything.
    func finish() {
        guard !isFinishing else { return }
        isFinishing = true
        closeWhenFlushed()
    }

    private func closeWhenFlushed() {
        channel?.whenFlushed { [weak self] in self?.didFlush() }
    }

    /// The script's node:cluster may still have an answer for the worker, which nobody needs. If it could not write that,
    /// the program would get an error that Node does not have.
    private func didFlush() {
        channel?.finishSending()
    }

    func close() {
        channel?.close()
        channel = nil
        reader.clear()
        exchange.forgetSent()
        exchange.dropUnclaimed()
    }

    // MARK: From the script

    /// Hears what the script has sent up to now.
    func drain() {
        channel?.drain()
    }

    func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD) {
        guard exchange.unclaimedCount < Self.maxUnclaimed else { return }
        exchange.didReceive(descriptor)
    }

    func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer) {
        do throws(WireError) {
            try reader.receive(bytes) { frame, raw in handle(frame, raw) }
        } catch {
            host.logger.warning(
                "the primary script sent what is not a message",
                metadata: ["worker": "\(worker)", "detail": "\("\(error)".beginning(200))"])
            close()
            host.didEnd(self)
            return
        }
        if reader.heldBytes == 0 { exchange.dropUnclaimed() }
        waitForWorker()
    }

    /// While the worker does not read, the script's messages stay with the script, as under Node.
    private func waitForWorker() {
        guard let channel, let port = host.port(of: worker), port.queuedBytes > Self.maxWorkerBytes else { return }
        channel.setPaused(true)
        port.whenFlushed { [weak self] in self?.channel?.setPaused(false) }
    }

    func channel(_ channel: UnixChannel, didLeaveOutBefore others: Int) {
        _ = exchange.didLeaveOut(before: others)
    }

    func channelDidEnd(_ channel: UnixChannel) {
        self.channel = nil
        close()
        if isFinishing { host.didClose(self) } else { host.didEnd(self) }
    }

    private func handle(_ frame: PrimaryFrame, _ raw: UnsafeRawBufferPointer) {
        guard let channel else { return }
        if isFinishing { return exchange.dropUnclaimed() }
        switch frame {
        case .message, .socketList, .unknown: host.port(of: worker)?.forward(raw)
        case .withHandle:
            guard let descriptor = exchange.claim() else {
                confirm(HandleReceipt.missing, over: channel)
                return
            }
            passOn(raw, with: descriptor, over: channel)
        case .handleAcknowledged: _ = exchange.didArrive()
        case .handleRefused:
            if case .again(.passed(let socket, let bytes, let attempts, _)) = exchange.didNotArrive() {
                pass(socket, bytes, attempts: attempts)
            }
        case .disconnect: host.disconnect(worker, abrupt: false)
        // The agent has answered the worker already.
        case .answer, .newConnection: break
        }
    }

    /// The script hears of the arrival when the worker has the socket. Until then its later messages to this worker wait, as
    /// under Node.
    private func passOn(_ raw: UnsafeRawBufferPointer, with descriptor: consuming OwnedFD, over channel: UnixChannel) {
        let socket = PassedSocket(SharedDescriptor(stream: descriptor))
        let isSent = host.port(of: worker)?.forward(raw, with: socket) { [weak self] in
            if let self, let channel = self.channel { confirm(HandleReceipt.arrived, over: channel) }
        }
        if isSent != true { confirm(HandleReceipt.arrived, over: channel) }
    }

    /// A script that passes descriptors and reads no answer gets no more.
    private func confirm(_ receipt: JSONValue, over channel: UnixChannel) {
        channel.send(writer.encode(receipt))
        if channel.queuedBytes > ScriptHost.mostRelayed.one + Self.maxWorkerBytes { channel.finishSending() }
    }
}
