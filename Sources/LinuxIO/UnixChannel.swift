// SPDX-License-Identifier: Apache-2.0

import CLinux
import DequeModule
import Glibc

/// A connected unix stream socket that carries bytes and descriptors. Used on the loop's thread alone.
///
/// Messages without a descriptor are sent together at the end of the loop's turn: a program that answers a hundred
/// messages makes one system call for them.
package final class UnixChannel: ReadinessHandler, TurnEndHandler {
    /// What the owner of a channel is told.
    package protocol Delegate: AnyObject {
        /// - Parameter bytes: valid during the call only.
        func channel(_ channel: UnixChannel, didReceive bytes: UnsafeRawBufferPointer)
        /// Comes before the bytes that it came with.
        func channel(_ channel: UnixChannel, didReceive descriptor: consuming OwnedFD)
        /// A frame was left out, because its descriptor was gone before its turn. Owners that send none hear nothing.
        ///
        /// - Parameter others: how many frames with descriptors were sent after it.
        func channel(_ channel: UnixChannel, didLeaveOutBefore others: Int)
        /// The other end is closed and all that it sent has been received, or the channel broke. Comes once.
        func channelDidEnd(_ channel: UnixChannel)
    }

    /// What goes along with the first byte of a frame.
    private enum Attachment {
        case none
        case source(any DescriptorSource)
        case entry(DescriptorTable.Token, DescriptorTable)

        /// Nil if the descriptor is not there any more.
        func send(_ bytes: UnsafeRawBufferPointer, over socket: Int32) -> Int? {
            switch self {
            case .none: clinux_send(socket, bytes.baseAddress, bytes.count, -1)
            case .source(let source):
                source.withDescriptor { clinux_send(socket, bytes.baseAddress, bytes.count, $0) }
            case .entry(let token, let table):
                table.number(of: token).map { clinux_send(socket, bytes.baseAddress, bytes.count, $0) }
            }
        }
    }

    private struct Chunk {
        var bytes: [UInt8]
        var sent = 0
        var attachment: Attachment

        var hasDescriptor: Bool {
            if case .none = attachment { false } else { true }
        }

        /// As ``Attachment/send(_:over:)``, for what is not sent yet.
        func send(over socket: Int32) -> Int? {
            bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
                return (sent == 0 ? attachment : .none).send(rest, over: socket)
            }
        }
    }

    private enum State {
        case open
        /// Nothing can be written any more; what the other end sent is still read.
        case writeBroken
        case ended
    }

    /// Reads for one readiness, so that one busy worker does not starve the others.
    private static let readsPerTurn = 16
    /// Bytes of the first of them. The others take 64 KiB.
    private static let firstRead = 1 << 14
    /// No further read begins after this time, because what was read may take long to deal with.
    private static let readingTime = Duration.milliseconds(2)

    /// After which it is tried again if the kernel has no room for what is on its way, though the socket has.
    private static let retryDelay = Duration.milliseconds(10)

    /// More than the answers to connections ever come to.
    private static let largeRead = 4096

    /// What is sent together at most.
    private static let batchSize = 1 << 16

    private let loop: EventLoop
    private let descriptor: OwnedFD
    private var registration: EventLoop.Registration?
    /// What was sent in this turn and has not been given to the socket.
    private var batch: [UInt8] = []
    private var queue: Deque<Chunk> = []
    private var state = State.open
    // It owns this channel and goes on the loop's thread, where the channel calls it.
    private unowned(unsafe) let delegate: any Delegate

    /// Whether the other end's bytes are left in the socket, so that it waits.
    private var isPaused = false
    private var readable: Readiness { isPaused ? [] : .readable }
    /// Called once when no more bytes wait for the other end, or when nobody is there to read them.
    private var onFlush: (() -> Void)?

    /// Bytes that wait for the other end to read. Those that wait for the end of the turn alone do not count.
    package private(set) var queuedBytes = 0

    /// Bytes that were given to ``send(_:)`` and its like so far.
    package private(set) var acceptedBytes: UInt64 = 0
    /// Those of them that do not wait any more.
    package var passedBytes: UInt64 { acceptedBytes - UInt64(queuedBytes + batch.count) }

    package init(_ descriptor: consuming OwnedFD, loop: EventLoop, delegate: any Delegate) throws(IOError) {
        self.descriptor = descriptor
        self.loop = loop
        self.delegate = delegate
        registration = try loop.register(self.descriptor.number, .readable, self)
    }

    // MARK: Sending

    /// Sends the few bytes with which a conversation begins, over a socket that is empty and so takes them. If the
    /// other end is gone already the channel finds out.
    package static func sendFirst(_ bytes: [UInt8], over descriptor: borrowing OwnedFD) {
        _ = bytes.withUnsafeBytes { clinux_send(descriptor.number, $0.baseAddress, $0.count, -1) }
    }

    /// Sends `bytes`, or queues what the socket does not take.
    package func send(_ bytes: [UInt8]) {
        guard state == .open else { return }
        guard bytes.count < Self.batchSize else {
            send(bytes, .none)
            return
        }
        acceptedBytes += UInt64(bytes.count)
        if batch.isEmpty { loop.callAtEndOfTurn(self) }
        batch += bytes
        if batch.count >= Self.batchSize { sendBatch() }
    }

    func turnDidEnd() {
        sendBatch()
    }

    /// Gives the socket what was sent in this turn, without waiting for its end: for a program that may end before that.
    package func sendBatch() {
        guard !batch.isEmpty else { return }
        write(batch, .none)
        batch.removeAll(keepingCapacity: true)
    }

    /// Sends `bytes` with a copy of the descriptor that `token` names. If the entry is removed before its turn comes, the
    /// frame is left out, and the delegate is told.
    ///
    /// - Returns: false if it is gone already.
    @discardableResult
    package func send(_ bytes: [UInt8], with token: DescriptorTable.Token, of table: DescriptorTable) -> Bool {
        send(bytes, .entry(token, table))
    }

    /// Sends `bytes` with a copy of the descriptor of `source`. If it is gone before its turn comes, the frame is left out,
    /// and the delegate is told.
    ///
    /// - Returns: false if it is gone already.
    func send(_ bytes: [UInt8], with source: any DescriptorSource) -> Bool {
        send(bytes, .source(source))
    }

    @discardableResult
    private func send(_ bytes: [UInt8], _ attachment: Attachment) -> Bool {
        guard state == .open else { return true }
        sendBatch()
        acceptedBytes += UInt64(bytes.count)
        return write(bytes, attachment)
    }

    /// - Returns: false if the descriptor is gone.
    @discardableResult
    private func write(_ bytes: [UInt8], _ attachment: Attachment) -> Bool {
        guard state == .open else { return true }
        var chunk = Chunk(bytes: bytes, attachment: attachment)
        guard queue.isEmpty else {
            keep(chunk)
            return true
        }
        guard let result = chunk.send(over: descriptor.number) else { return false }
        if result == bytes.count { return true }
        chunk.sent = max(0, result)
        keep(chunk)
        // A socket that takes part of a frame is full.
        wait(because: result < 0 ? result : Int(-EAGAIN))
        return true
    }

    private func keep(_ chunk: Chunk) {
        queue.append(chunk)
        queuedBytes += chunk.bytes.count - chunk.sent
    }

    private func flush() {
        while let chunk = queue.first {
            // What is left out was never begun, so the stream stays in step.
            guard let result = chunk.send(over: descriptor.number) else {
                queuedBytes -= chunk.bytes.count
                queue.removeFirst()
                delegate.channel(self, didLeaveOutBefore: queue.count(where: \.hasDescriptor))
                continue
            }
            if result < 0 { return wait(because: result) }
            queuedBytes -= result
            if chunk.sent + result == chunk.bytes.count {
                queue.removeFirst()
            } else {
                queue[0].sent += result
            }
        }
        watch(readable)
        didFlush()
    }

    private func didFlush() {
        onFlush.take()?()
    }

    /// Calls `body` as soon as no more bytes wait for the other end, or when nobody is there to read them. Replaces the one
    /// that was asked for before.
    package func whenFlushed(_ body: @escaping () -> Void) {
        sendBatch()
        if queue.isEmpty { body() } else { onFlush = body }
    }

    /// Stops reading, so that the other end has to wait, or goes on. The end of the other side is still noticed.
    package func setPaused(_ on: Bool) {
        guard isPaused != on else { return }
        isPaused = on
        watch(queue.isEmpty ? readable : [readable, .writable])
    }

    /// EAGAIN: the socket is full. ETOOMANYREFS: too many descriptors are on their way (unix(7)), perhaps another
    /// process's; they arrive and a later try succeeds. ENOBUFS, ENOMEM: the kernel has no memory just now. The socket can
    /// be written all the while, so waiting for that would keep the loop busy.
    private func wait(because result: Int) {
        switch Int32(-result) {
        case EAGAIN: watch([readable, .writable])
        case ETOOMANYREFS, ENOBUFS, ENOMEM:
            watch(readable)
            loop.schedule(after: Self.retryDelay) { [weak self] in
                guard let self, state == .open else { return }
                flush()
            }
        default: breakWriting()
        }
    }

    private func breakWriting() {
        guard state == .open else { return }
        state = .writeBroken
        dropQueue()
        watch(readable)
        // The end of the other side may already be waiting to be read; if the socket is merely broken, this makes it so.
        shutdown(descriptor.number, Int32(SHUT_WR))
    }

    private func dropQueue() {
        queue = []
        queuedBytes = 0
        didFlush()
    }

    // MARK: Receiving

    func didBecomeReady(_ readiness: Readiness) {
        if readiness.contains(.writable), state == .open { flush() }
        guard !readiness.isDisjoint(with: [.readable, .hangup, .error]) else { return }
        let end = ContinuousClock.now + Self.readingTime
        var size = Self.firstRead
        for _ in 0..<Self.readsPerTurn {
            guard let count = receive(atMost: size) else { return }
            // A short read has emptied the socket, or it stopped at a descriptor: then epoll tells again.
            if count < size || ContinuousClock.now >= end { return }
            size = loop.scratch.count
        }
    }

    /// Receives all that is there when this is called; what comes meanwhile may stay. If the other end is closed and
    /// nothing more is there, this ends the channel.
    package func drain() {
        var left = max(0, Int(clinux_readable_bytes(descriptor.number)))
        // Once more, to see the end.
        while left >= 0 {
            guard let count = receive(atMost: loop.scratch.count) else { return }
            left -= count
        }
    }

    /// One read. Nil if there is nothing (more) to read.
    private func receive(atMost size: Int) -> Int? {
        guard state != .ended else { return nil }
        return loop.withScratch { receive(atMost: size, into: $0) }
    }

    private func receive(atMost size: Int, into scratch: UnsafeMutableRawBufferPointer) -> Int? {
        var arrived: Int32 = 0
        let count = clinux_receive(
            descriptor.number, scratch.baseAddress, size, loop.descriptorScratch.baseAddress, &arrived)
        guard count > 0 else {
            if ![EAGAIN, ENOBUFS, ENOMEM].contains(Int32(-count)) { end() }
            return nil
        }
        if count >= Self.largeRead { loop.didReadMuch() }
        if arrived > 0 {
            // A copy, because all channels share the other.
            for number in Array(loop.descriptorScratch[..<Int(arrived)]) {
                delegate.channel(self, didReceive: OwnedFD(number))
            }
        }
        if state != .ended {
            delegate.channel(self, didReceive: UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        }
        return count
    }

    // MARK: Ending

    /// Says that nothing more will be sent. What the other end sends until it closes is still read.
    package func finishSending() {
        sendBatch()
        breakWriting()
    }

    /// Closes this end at once. The delegate is not told.
    package func close() {
        guard state != .ended else { return }
        sendBatch()
        state = .ended
        dropQueue()
        if let registration { loop.unregister(registration, descriptor.number) }
        registration = nil
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }

    private func end() {
        guard state != .ended else { return }
        close()
        delegate.channelDidEnd(self)
    }

    private func watch(_ interest: Readiness) {
        if let registration { loop.change(registration, descriptor.number, interest) }
    }
}

extension UnixChannel.Delegate {
    package func channel(_ channel: UnixChannel, didLeaveOutBefore others: Int) {}
}
