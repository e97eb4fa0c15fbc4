// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Synchronization
import SystemPackage

/// Accepts from a socket that other processes may have too.
///
/// All of them share the flag that decides whether accept(2) waits. We may not set it, and another process may clear it
/// at any time. A connection that was there a moment ago may have gone to another process, and accept(2) then waits for
/// the next one. So it is called on this thread and never on the loop's.
// `work` is behind a lock. The thread holds the socket and this object until it ends.
final class AcceptThread: @unchecked Sendable {
    private struct Work {
        /// Connections that the loop wants now. Zero if it has them or wants none.
        var wanted = 0
        /// What has arrived: a descriptor, or a negative errno.
        var results: [Int32] = []
        var isClosed = false
    }

    private let socket: ServerSocket
    private let work = Mutex(Work())
    /// The loop has written what it wants.
    private let order: OwnedFD
    /// The results are there; the loop watches it.
    let done: OwnedFD

    init(_ socket: ServerSocket) throws(IOError) {
        self.socket = socket
        // The thread waits for this.
        order = OwnedFD(try systemCall("eventfd") { eventfd(0, Int32(EFD_CLOEXEC)) })
        done = OwnedFD(try systemCall("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
        // This object lives as long as its thread, which calls nothing deep.
        try DetachedThread.start("cluster-accept", stackSize: 256 << 10) { self.run() }
    }

    // MARK: On the loop's thread

    /// Lets the thread accept up to `count` connections. `done` is readable then.
    func accept(_ count: Int) {
        work.withLock { $0.wanted = count }
        Self.signal(order)
    }

    /// The results: descriptors that the caller owns, and negative errnos.
    func takeResults() -> [Int32] {
        var count: UInt64 = 0
        _ = Glibc.read(done.number, &count, 8)
        return work.withLock { work in
            defer { work.results = [] }
            return work.results
        }
    }

    /// Ends the thread: now, or when accept(2) returns.
    ///
    /// - Parameter isAsked: whether it may wait in accept(2), because another process was quicker. The port would stay
    ///   open until somebody connects, so the socket is shut down (shutdown(2)), and nobody accepts from it any more.
    ///   An inherited socket is not shut down: it stays open with this process anyway, and other processes have it too.
    func close(isAsked: Bool) {
        if isAsked, !socket.socket.isBorrowed { _ = shutdown(socket.socket.descriptor.number, Int32(SHUT_RDWR)) }
        let results = work.withLock { work in
            work.isClosed = true
            defer { work.results = [] }
            return work.results
        }
        Self.drop(results)
        Self.signal(order)
    }

    // MARK: The thread

    private func run() {
        while let count = next() {
            var results: [Int32] = []
            while results.count < count, hasConnection {
                let result = clinux_accept(socket.socket.descriptor.number)
                results.append(result)
                if result < 0 { break }
            }
            let isClosed = work.withLock { work in
                if !work.isClosed { work.results += results }
                return work.isClosed
            }
            if isClosed { Self.drop(results) }
            Self.signal(done)
        }
    }

    /// How many connections are wanted. Nil at the end.
    private func next() -> Int? {
        var orders: UInt64 = 0
        while Glibc.read(order.number, &orders, 8) < 0, errno == EINTR {}
        return work.withLock { work in
            defer { work.wanted = 0 }
            return work.isClosed ? nil : work.wanted
        }
    }

    private var hasConnection: Bool {
        var query = pollfd(fd: socket.socket.descriptor.number, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) == 1
    }

    private static func drop(_ results: [Int32]) {
        for result in results where result >= 0 { _ = OwnedFD(result) }
    }

    private static func signal(_ event: borrowing OwnedFD) {
        var one: UInt64 = 1
        _ = Glibc.write(event.number, &one, 8)
    }
}
