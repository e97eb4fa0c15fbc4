// SPDX-License-Identifier: Apache-2.0

import LinuxIO
public import Shared

/// A connection that a worker was given. It closes when nobody refers to it any more.
public actor Connection {
    private enum State {
        /// Nobody has used it yet. Exits: `open`, `closed`.
        case untouched
        /// Exits: `closed`.
        case open(StreamSocket)
        case closed
    }

    private nonisolated let loop: EventLoop
    private nonisolated let descriptor: SharedDescriptor
    private nonisolated let lease: ConnectionLease
    private var state = State.untouched
    private(set) var isReading = false
    private var isWriting = false

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(_ descriptor: SharedDescriptor, lease: ConnectionLease, loop: EventLoop) {
        self.descriptor = descriptor
        self.lease = lease
        self.loop = loop
    }

    // MARK: Reading and writing

    /// What comes next, at most `count` bytes and at most 64 KiB at a time; empty at the end of the stream.
    ///
    /// - Throws: `CONNECTION_CLOSED` if it is closed or broken, somebody else is reading, or the task is cancelled.
    public func read(upTo count: Int = 65536) async throws(ClusterError) -> [UInt8] {
        try begin(&isReading, "read")
        defer { isReading = false }
        while true {
            let socket = try socket()
            do {
                if let bytes = try socket.read(upTo: count) { return bytes }
                try await wait(socket.watch.whenReadable)
            } catch {
                throw broken(error)
            }
        }
    }

    /// Writes all of `bytes`; returns when the kernel has them.
    ///
    /// - Throws: `CONNECTION_CLOSED` if it is closed or broken, somebody else is writing, or the task is cancelled.
    public func write(_ bytes: [UInt8]) async throws(ClusterError) {
        try begin(&isWriting, "write")
        defer { isWriting = false }
        var sent = 0
        while sent < bytes.count {
            let socket = try socket()
            do {
                let count = try socket.write(bytes, from: sent)
                sent += count
                if count == 0 { try await wait(socket.watch.whenWritable) }
            } catch {
                throw broken(error)
            }
        }
    }

    /// Says that nothing more will be written; reading goes on.
    public func finishWriting() {
        if case .open(let socket) = state { socket.finishWriting() }
    }

    /// Closes the connection. A task that reads or writes gets `CONNECTION_CLOSED`.
    public func close() {
        let socket = if case .open(let socket) = state { socket } else { nil as StreamSocket? }
        state = .closed
        socket?.watch.wakeAll()
        _ = descriptor.takeOwned()
        lease.end()
    }

    // MARK: Giving it away

    /// Gives the socket to another library.
    ///
    /// - Throws: `CONNECTION_CLOSED` if it is closed, given away already, or was read or written here.
    public nonisolated func detach() throws(ClusterError) -> DetachedConnection {
        guard let number = descriptor.take() else { throw Self.closed("it is closed, or in use") }
        return DetachedConnection(descriptor: number, lease: lease)
    }

    /// To be sent to the primary or to a worker with a message.
    ///
    /// - Throws: as ``detach()``.
    public nonisolated func passed() throws(ClusterError) -> PassedSocket {
        guard let owned = descriptor.takeOwned() else { throw Self.closed("it is closed, or in use") }
        return PassedSocket(SharedDescriptor(stream: owned), lease: lease)
    }

    // MARK: Inside

    private func begin(_ isBusy: inout Bool, _ what: String) throws(ClusterError) {
        guard !isBusy else { throw Self.closed("another task's \(what) is under way; only one at a time") }
        isBusy = true
    }

    private func socket() throws(ClusterError) -> StreamSocket {
        switch state {
        case .open(let socket): return socket
        case .closed: throw Self.closed("it was closed")
        case .untouched:
            guard let owned = descriptor.takeOwned() else { throw Self.closed("it was given away") }
            do {
                let socket = try StreamSocket(owned, loop: loop)
                state = .open(socket)
                return socket
            } catch {
                throw broken(error)
            }
        }
    }

    private func wait(_ register: (@escaping () -> Void) throws(IOError) -> Void) async throws {
        try await withTaskCancellationHandler {
            try await self.waitHere(register)
        } onCancel: {
            Task { await self.wakeAll() }
        }
    }

    /// Runs on the loop's thread from the check of the task to the registration, so that no cancellation comes in
    /// between.
    private func waitHere(_ register: (@escaping () -> Void) throws(IOError) -> Void) async throws {
        guard !Task.isCancelled else { throw Self.closed("the task was cancelled") }
        try await ReadinessWait.once(isolation: self, register)
        guard !Task.isCancelled else { throw Self.closed("the task was cancelled") }
    }

    private func wakeAll() {
        if case .open(let socket) = state { socket.watch.wakeAll() }
    }

    private func broken(_ error: any Error) -> ClusterError {
        if let error = error as? ClusterError { return error }
        return ClusterError(.unavailable, .connectionClosed, "the connection broke: \(error)", cause: error)
    }

    private static func closed(_ why: String) -> ClusterError {
        ClusterError(.failedPrecondition, .connectionClosed, "the connection cannot be used: \(why)")
    }
}
