// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Synchronization

/// Reads pipes on a thread of its own, so that their writers wait for nothing else in this program.
///
/// Pipes and not pairs of sockets: a program may open `/dev/stderr` by its name, which fails if a socket stands there.
// `state` is behind a lock. The epoll instance may be changed by any thread, and only this one waits in it. All else is the
// thread's own; `init` ends before it exists.
package final class PipeThread: @unchecked Sendable {
    /// Who gets what is read. All calls come on the thread.
    package protocol Reader: AnyObject, Sendable {
        /// - Parameter bytes: valid during the call only.
        func didRead(_ bytes: UnsafeRawBufferPointer)
        /// Nothing more comes: all writers have closed the pipe, or the thread has given it up. Comes once.
        func didEnd()
    }

    /// A pipe that is read here. Never used again.
    package struct Place: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Entry {
        let descriptor: Int32
        /// How many bytes the pipe holds.
        let capacity: Int
        let reader: any Reader
    }

    private enum Order {
        case finish([Place], @Sendable () -> Void)
        case close([Place])
        case stop
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var lastNumber: UInt64 = 0
        var orders: [Order] = []
    }

    /// One read takes what a pipe usually holds. Then it is the next pipe's turn, so that a program that writes without end
    /// does not starve the others.
    private static let readSize = 64 << 10
    /// The most pipes that stay open although their worker has ended, because other processes hold them. Beyond that
    /// the oldest is closed.
    package static let mostLeft = 256
    /// How long the thread rests if little came. Otherwise a program that writes line by line would wake it for each
    /// line.
    private static let rest = timespec(tv_sec: 0, tv_nsec: 500_000)
    private static let wakeTag = UInt64.max
    /// F_GETPIPE_SZ (linux/fcntl.h), which Swift cannot see.
    private static let getPipeSize: Int32 = 1032

    private let epoll: Epoll
    private let wakeup: OwnedFD
    /// Readable when the thread has ended its work.
    private let ended: OwnedFD
    private let state = Mutex(State())
    /// Checked after each read, so an order waits for one pipe at most.
    private let hasOrders = Atomic(false)
    private let turnDidEnd: @Sendable () -> Void

    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: readSize, alignment: 16)
    private var left: [Place] = []
    private var hasRead = false
    private var hasReadMuch = false
    private var isStopping = false

    /// Starts the thread.
    ///
    /// - Parameter turnDidEnd: called on the thread when all pipes that were ready have been read once.
    package init(turnDidEnd: @escaping @Sendable () -> Void = {}) throws(IOError) {
        self.turnDidEnd = turnDidEnd
        epoll = try Epoll()
        wakeup = OwnedFD(try systemCall("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
        ended = OwnedFD(try systemCall("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
        try epoll.add(wakeup.number, .readable, tag: Self.wakeTag)
        // This object lives as long as its thread.
        try DetachedThread.start("cluster-output", stackSize: 512 << 10) { self.run() }
    }

    deinit { scratch.deallocate() }

    // MARK: On any thread

    /// Begins to read.
    package func add(_ descriptor: consuming OwnedFD, _ reader: any Reader) throws(IOError) -> Place {
        let number = descriptor.number
        try systemCall("fcntl") { fcntl(number, F_SETFL, O_NONBLOCK) }
        let capacity = Int(max(4096, fcntl(number, Self.getPipeSize)))
        let place = state.withLock { state in
            state.lastNumber += 1
            state.entries[state.lastNumber] = Entry(descriptor: number, capacity: capacity, reader: reader)
            return Place(number: state.lastNumber)
        }
        do throws(IOError) {
            try epoll.add(number, .readable, tag: place.number)
        } catch {
            state.withLock { $0.entries[place.number] = nil }
            throw error
        }
        // The entry has it now; `end` closes it.
        _ = descriptor.relinquish()
        return place
    }

    /// Reads what has been written into these pipes up to now, and then calls `body` on the thread. A pipe that other
    /// processes hold open is read further; see ``mostLeft``.
    package func finish(_ places: [Place], _ body: @escaping @Sendable () -> Void) {
        give(.finish(places, body))
    }

    /// Closes pipes without reading what is left in them.
    package func close(_ places: [Place]) {
        give(.close(places))
    }

    /// Reads what has been written into all pipes up to now, closes them and ends the thread. Waits for that, but not beyond
    /// `deadline`.
    package func stop(until deadline: ContinuousClock.Instant) {
        give(.stop)
        var query = pollfd(fd: ended.number, events: Int16(POLLIN), revents: 0)
        while true {
            let time = max(Duration.zero, ContinuousClock.now.duration(to: deadline))
            let result = poll(&query, 1, Int32(clamping: Int64(time / .milliseconds(1))))
            guard result < 0, errno == EINTR else { return }
        }
    }

    private func give(_ order: Order) {
        state.withLock { $0.orders.append(order) }
        hasOrders.store(true, ordering: .releasing)
        Self.signal(wakeup)
    }

    private static func signal(_ event: borrowing OwnedFD) {
        var one: UInt64 = 1
        // It can only fail with EAGAIN, when the counter is full and the waiter will wake anyway.
        _ = Glibc.write(event.number, &one, 8)
    }

    // MARK: The thread

    private func run() {
        while !isStopping {
            hasRead = false
            hasReadMuch = false
            wait(milliseconds: -1) { tag in
                // What is skipped is reported again.
                if !hasOrders.load(ordering: .acquiring) { read(tag) }
            }
            obey()
            guard hasRead else { continue }
            turnDidEnd()
            if !hasReadMuch, !isStopping { takeRest() }
        }
        Self.signal(ended)
    }

    private func wait(milliseconds: Int32, _ body: (UInt64) -> Void) {
        do {
            try epoll.wait(milliseconds: milliseconds) { tag, _ in
                guard tag == Self.wakeTag else { return body(tag) }
                var count: UInt64 = 0
                _ = Glibc.read(wakeup.number, &count, 8)
            }
        } catch {
            preconditionFailure("epoll_wait on an instance of our own: \(error)")
        }
    }

    private func takeRest() {
        var time = Self.rest
        nanosleep(&time, nil)
    }

    private func obey() {
        // An order may come while others are carried out, and `drain` takes the signal that would wake this thread for
        // it.
        while hasOrders.exchange(false, ordering: .acquiringAndReleasing) {
            let orders = state.withLock { state in
                defer { state.orders = [] }
                return state.orders
            }
            for order in orders { obey(order) }
        }
    }

    private func obey(_ order: Order) {
        switch order {
        case .finish(let places, let body):
            drain(places)
            let open = state.withLock { state in places.filter { state.entries[$0.number] != nil } }
            leave(open)
            body()
        case .close(let places):
            for place in places { end(place.number) }
        case .stop:
            let all = state.withLock { $0.entries.keys.map(Place.init) }
            drain(all)
            for place in all { end(place.number) }
            isStopping = true
        }
    }

    /// Reads what is there, but nothing that comes in the meantime: a program may write without end.
    private func drain(_ places: [Place]) {
        let numbers = Set(places.map(\.number))
        // epoll tells of pipes in the order in which they became ready, which is the order in which they were written to.
        wait(milliseconds: 0) { tag in
            if numbers.contains(tag) { read(tag) }
        }
        for place in places {
            guard let entry = entry(place.number) else { continue }
            var left = Int32(0)
            guard ioctl(entry.descriptor, UInt(FIONREAD), &left) == 0 else { continue }
            // One read more than that, to see the end.
            repeat {
                let count = read(place.number)
                if count <= 0 { break }
                left -= Int32(count)
            } while left >= 0
        }
    }

    private func leave(_ places: [Place]) {
        left += places
        while left.count > Self.mostLeft { end(left.removeFirst().number) }
    }

    private func entry(_ number: UInt64) -> Entry? {
        state.withLock { $0.entries[number] }
    }

    /// - Returns: how many bytes came; 0 if there are none for now, or no more.
    @discardableResult
    private func read(_ number: UInt64) -> Int {
        guard let entry = entry(number) else { return 0 }
        while true {
            let count = Glibc.read(entry.descriptor, scratch.baseAddress, scratch.count)
            if count > 0 {
                hasRead = true
                if count > entry.capacity / 4 { hasReadMuch = true }
                entry.reader.didRead(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
                return count
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return 0 }
            end(number)
            return 0
        }
    }

    private func end(_ number: UInt64) {
        guard let entry = state.withLock({ $0.entries.removeValue(forKey: number) }) else { return }
        hasRead = true
        left.removeAll { $0.number == number }
        // A closed pipe leaves epoll too, because nobody has a copy of it.
        _ = OwnedFD(entry.descriptor)
        entry.reader.didEnd()
    }
}
