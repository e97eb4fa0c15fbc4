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
        /// The other end is closed and all that it sent has been received, or the channel broke. Comes once.
        func channelDidEnd(_ channel: UnixChannel)
    }

    private struct Chunk {
        var bytes: [UInt8]
        var sent = 0
        /// A copy that this chunk owns, or -1. A plain number, because a noncopyable cannot be in a Deque;
        /// `Chunk`s leave the queue only in `finish(_:)`, which closes it.
        var descriptor: Int32
    }

    private enum State {
        case open
        /// Nothing can be written any more; what the other end sent is still read.
        case writeBroken
        case ended
    }

    /// Reads of 64 KiB for one readiness, so that one busy worker does not starve the others.
    private static let readsPerTurn = 16

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

    /// Bytes that wait for the other end to read. Those that wait for the end of the turn alone do not count.
    package private(set) var queuedBytes = 0

    package init(_ descriptor: consuming OwnedFD, loop: EventLoop, delegate: any Delegate) throws(IOError) {
        self.descriptor = descriptor
        self.loop = loop
        self.delegate = delegate
        registration = try loop.register(self.descriptor.number, .readable, self)
    }

    deinit {
        finishQueue()
    }

    // MARK: Sending

    /// Sends the few bytes with which a conversation begins, over a socket that is empty and so takes them. Where the
    /// other end is gone already the channel finds out.
    package static func sendFirst(_ bytes: [UInt8], over descriptor: borrowing OwnedFD) {
        _ = bytes.withUnsafeBytes { clinux_send(descriptor.number, $0.baseAddress, $0.count, -1) }
    }

    /// Sends `bytes`, or queues what the socket does not take.
    package func send(_ bytes: [UInt8]) {
        guard state == .open else { return }
        if bytes.count >= Self.batchSize { return send(bytes, number: -1) }
        if batch.isEmpty { loop.callAtEndOfTurn(self) }
        batch += bytes
        if batch.count >= Self.batchSize { sendBatch() }
    }

    func turnDidEnd() {
        sendBatch()
    }

    private func sendBatch() {
        guard !batch.isEmpty else { return }
        write(batch, number: -1)
        batch.removeAll(keepingCapacity: true)
    }

    /// Sends `bytes` with a copy of `descriptor` on the first of them.
    package func send(_ bytes: [UInt8], with descriptor: borrowing OwnedFD) {
        send(bytes, number: descriptor.number)
    }

    /// Sends `bytes` with a copy of the descriptor that `token` names; a token that is not valid is our bug.
    package func send(_ bytes: [UInt8], with token: DescriptorTable.Token, of table: borrowing DescriptorTable) {
        guard let number = table.number(of: token) else { preconditionFailure("a stale descriptor token") }
        send(bytes, number: number)
    }

    /// For a descriptor whose owner sees to it that it stays open during the call.
    func send(_ bytes: [UInt8], copying number: Int32) {
        send(bytes, number: number)
    }

    private func send(_ bytes: [UInt8], number: Int32) {
        sendBatch()
        write(bytes, number: number)
    }

    private func write(_ bytes: [UInt8], number: Int32) {
        guard state == .open else { return }
        var sent = 0
        if queue.isEmpty {
            let result = bytes.withUnsafeBytes { clinux_send(descriptor.number, $0.baseAddress, $0.count, number) }
            if result == bytes.count { return }
            if result < 0, !Self.isTransient(result) { return breakWriting() }
            sent = max(0, Int(result))
        }
        var copy: Int32 = -1
        if number >= 0, sent == 0 {
            copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
            // Without a descriptor number to spare the frame cannot be kept, and the stream would be out of step.
            if copy < 0 { return breakWriting() }
        }
        if queue.isEmpty { watch([.readable, .writable]) }
        queue.append(Chunk(bytes: bytes, sent: sent, descriptor: copy))
        queuedBytes += bytes.count - sent
    }

    private func flush() {
        while let chunk = queue.first {
            let result = chunk.bytes.withUnsafeBytes { bytes in
                clinux_send(
                    descriptor.number, bytes.baseAddress! + chunk.sent, bytes.count - chunk.sent,
                    chunk.sent == 0 ? chunk.descriptor : -1)
            }
            if result < 0 {
                if !Self.isTransient(result) { breakWriting() }
                return
            }
            queuedBytes -= result
            if chunk.sent + result == chunk.bytes.count {
                finish(queue.removeFirst())
            } else {
                queue[0].sent += result
            }
        }
        watch(.readable)
    }

    /// EAGAIN: the socket is full. ETOOMANYREFS: too many descriptors are on their way (unix(7)); they
    /// arrive and the next try succeeds. ENOBUFS, ENOMEM: the kernel has no memory just now.
    private static func isTransient(_ result: Int) -> Bool {
        [EAGAIN, ETOOMANYREFS, ENOBUFS, ENOMEM].contains(Int32(-result))
    }

    private func breakWriting() {
        guard state == .open else { return }
        state = .writeBroken
        finishQueue()
        watch(.readable)
        // The end of the other side may already be waiting to be read; if the socket is merely broken, this makes it so.
        shutdown(descriptor.number, Int32(SHUT_WR))
    }

    private func finish(_ chunk: Chunk) {
        if chunk.descriptor >= 0 { _ = OwnedFD(chunk.descriptor) }
    }

    private func finishQueue() {
        while let chunk = queue.popFirst() { finish(chunk) }
        queuedBytes = 0
    }

    // MARK: Receiving

    func didBecomeReady(_ readiness: Readiness) {
        if readiness.contains(.writable), state == .open { flush() }
        guard !readiness.isDisjoint(with: [.readable, .hangup, .error]) else { return }
        for _ in 0..<Self.readsPerTurn {
            guard let count = receive() else { return }
            // A short read has emptied the socket, or it stopped at a descriptor: then epoll tells again.
            if count < loop.scratch.count { return }
        }
    }

    /// Receives all that is there now. Where the other end is closed this ends the channel.
    package func drain() {
        while receive() != nil {}
    }

    /// One read. Nil where there is nothing (more) to read.
    private func receive() -> Int? {
        guard state != .ended else { return nil }
        var arrived: Int32 = 0
        var truncated: Int32 = 0
        let count = clinux_receive(
            descriptor.number, loop.scratch.baseAddress, loop.scratch.count, loop.descriptorScratch.baseAddress,
            &arrived, &truncated)
        guard count > 0 else {
            if count == 0 || !Self.isTransient(count) { end() }
            return nil
        }
        if count >= Self.largeRead { loop.didReadMuch() }
        for number in loop.descriptorScratch[..<Int(arrived)] {
            delegate.channel(self, didReceive: OwnedFD(number))
        }
        if state != .ended {
            delegate.channel(self, didReceive: UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
        }
        return count
    }

    // MARK: Ending

    /// Closes this end at once. The delegate is not told.
    package func close() {
        guard state != .ended else { return }
        sendBatch()
        state = .ended
        finishQueue()
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
