// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Synchronization
import SystemPackage

/// A thread that waits in epoll, and the executor of the actor that lives on it: a readiness callback is
/// already inside the actor, so what the two share needs no lock.
// `shared` is behind a lock. `lastWork` is written before that lock is taken and read after it has been left. All else is
// touched by the loop's own thread alone, which `checkThread` asserts at each entrance; `init` ends before that thread
// exists.
package final class EventLoop: SerialExecutor, @unchecked Sendable {
    /// Names a registration. Its generation tells an event of a closed descriptor from one of the descriptor
    /// that has since got the same place.
    struct Registration {
        fileprivate let place: UInt32
        fileprivate let generation: UInt32
        fileprivate var tag: UInt64 { UInt64(generation) << 32 | UInt64(place) }
    }

    private struct Place {
        var handler: (any ReadinessHandler)?
        var generation: UInt32
    }

    /// What came since the loop last waited.
    private enum Load {
        case none
        case little
        /// There is enough work, so the loop does not yield to let more come.
        case much
    }

    private struct Shared {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable () -> Void] = []
        var isIdle: Bool { jobs.isEmpty && calls.isEmpty }
        var isAwake = false
        var isStopping = false
    }

    private static let wakeTag = UInt64.max
    /// How long calls wait at most while one after the other is ready.
    private static let patience = Duration.milliseconds(2)

    /// 8 MiB. Reading a worker's message recurses up to the limits on its levels.
    static let stackSize = 8 << 20

    private let epoll: Epoll
    private let wakeup: OwnedFD
    private let shared = Mutex(Shared())
    /// Zero until the thread runs.
    private let thread = Atomic<UInt>(0)
    private var places: [Place] = []
    private var free: [UInt32] = []
    private var running: [UnownedJob] = []
    private var turnEndHandlers: [any TurnEndHandler] = []
    private var lastWork: (() -> Void)?
    private var load = Load.none
    /// When calls were last looked for.
    private var lastCalls = ContinuousClock.now
    var timers = TimerQueue()
    /// The processes that this loop reaps, by pid.
    var children: [Int32: ProcessHandle] = [:]
    var endedSessions = EndedSessions()

    /// Where reads put their bytes. A reader that calls other code before it is done with them takes
    /// ``withScratch(_:)``.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    /// Descriptors that come with them.
    let descriptorScratch = UnsafeMutableBufferPointer<Int32>.allocate(capacity: Int(CLINUX_MAX_DESCRIPTORS))

    /// Starts the thread.
    package init() throws(IOError) {
        epoll = try Epoll()
        wakeup = OwnedFD(try systemCall("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
        try epoll.add(wakeup.number, .readable, tag: Self.wakeTag)
        // The loop lives as long as its thread.
        try DetachedThread.start("cluster-loop", stackSize: Self.stackSize) { self.run() }
    }

    deinit {
        scratch.deallocate()
        descriptorScratch.deallocate()
    }

    private var isScratchLent = false

    /// Lends bytes to read into. If one read leads to another, the second gets other bytes, because the first are still
    /// in use.
    func withScratch<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        guard !isScratchLent else {
            let own = UnsafeMutableRawBufferPointer.allocate(byteCount: scratch.count, alignment: 16)
            defer { own.deallocate() }
            return body(own)
        }
        isScratchLent = true
        defer { isScratchLent = false }
        return body(scratch)
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = shared.withLock { shared in
            shared.jobs.append(job)
            defer { shared.isAwake = true }
            return !shared.isAwake
        }
        // This thread looks for jobs before it sleeps, so it need not be woken.
        if mustWake, !isCurrentThread { wake() }
    }

    /// Runs `body` on the loop's thread, unless that has ended by then.
    package func submit(_ body: @escaping @Sendable () -> Void) {
        let mustWake = shared.withLock { shared in
            shared.calls.append(body)
            defer { shared.isAwake = true }
            return !shared.isAwake
        }
        if mustWake, !isCurrentThread { wake() }
    }

    package func checkIsolated() {
        precondition(isCurrentThread, "not on the event loop's thread")
    }

    package var isCurrentThread: Bool { thread.load(ordering: .relaxed) == pthread_self() }

    /// Ends the thread once what is queued has run.
    ///
    /// - Parameter body: the last call on the thread. The thread also releases what it captures, because the thread may
    ///   be using that.
    package func stop(finally body: @escaping () -> Void = {}) {
        // The thread looks here after it has seen, behind the lock, that it is to stop.
        lastWork = body
        shared.withLock { $0.isStopping = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        // It can only fail with EAGAIN, when the counter is full and the loop will wake anyway.
        _ = Glibc.write(wakeup.number, &one, 8)
    }

    // MARK: Registrations

    func register(_ number: Int32, _ interest: Readiness, _ handler: any ReadinessHandler) throws(IOError)
        -> Registration
    {
        checkThread()
        let place = free.popLast() ?? UInt32(places.count)
        if Int(place) == places.count { places.append(Place(handler: nil, generation: 0)) }
        let registration = Registration(place: place, generation: places[Int(place)].generation)
        do {
            try epoll.add(number, interest, tag: registration.tag)
        } catch {
            free.append(place)
            throw error
        }
        places[Int(place)].handler = handler
        return registration
    }

    func change(_ registration: Registration, _ number: Int32, _ interest: Readiness) {
        checkThread()
        do {
            try epoll.modify(number, interest, tag: registration.tag)
        } catch {
            // It could fail only if the kernel had no memory, and a change needs none.
            preconditionFailure("epoll_ctl refuses a registered descriptor: \(error)")
        }
    }

    func unregister(_ registration: Registration, _ number: Int32) {
        checkThread()
        do {
            try epoll.remove(number)
        } catch {
            preconditionFailure("epoll_ctl refuses to forget a registered descriptor: \(error)")
        }
        places[Int(registration.place)].handler = nil
        places[Int(registration.place)].generation &+= 1
        free.append(registration.place)
    }

    // MARK: The thread

    private func run() {
        thread.store(pthread_self(), ordering: .relaxed)
        while true {
            // Before it sleeps, other processes that are ready may run, above all the workers that were just sent something: their
            // answers then come together instead of waking this thread one by one. Alone on a core it costs nothing.
            if load == .little { sched_yield() }
            load = .none
            let sleep = shared.withLock { shared -> Bool in
                if shared.isIdle { shared.isAwake = false }
                return shared.isIdle
            }
            do {
                try epoll.wait(milliseconds: sleep ? timers.millisecondsToNext(now: .now) : 0, dispatch)
            } catch {
                preconditionFailure("epoll_wait on an instance of our own: \(error)")
            }
            fireTimers(now: .now)
            runJobs()
            endTurn()
            if shared.withLock({ $0.isStopping && $0.isIdle }) { return end() }
        }
    }

    private func end() {
        lastWork?()
        lastWork = nil
        // What is registered holds this loop, and its descriptors must close.
        timers = TimerQueue()
        turnEndHandlers = []
        children = [:]
        places = []
    }

    private func dispatch(tag: UInt64, readiness: Readiness) {
        if load == .none { load = .little }
        if tag == Self.wakeTag {
            var count: UInt64 = 0
            _ = Glibc.read(wakeup.number, &count, 8)
            return
        }
        tell(tag: tag, readiness: readiness)
        // At once, and not after all ready descriptors: a worker that waits for an answer continues while this thread
        // does the rest.
        endTurn()
        let now = ContinuousClock.now
        guard now >= lastCalls + Self.patience else { return }
        fireTimers(now: now)
        runJobs()
        endTurn()
    }

    /// A function of its own, so that nothing here keeps the handler's descriptor open while calls run.
    private func tell(tag: UInt64, readiness: Readiness) {
        let place = places[Int(UInt32(truncatingIfNeeded: tag))]
        guard place.generation == UInt32(truncatingIfNeeded: tag >> 32) else { return }
        place.handler?.didBecomeReady(readiness)
    }

    private func fireTimers(now: ContinuousClock.Instant) {
        while let body = timers.popDue(now: now) { body() }
    }

    private func runJobs() {
        let calls = shared.withLock { shared in
            // The two arrays are swapped, so that neither is allocated again.
            swap(&shared.jobs, &running)
            defer { shared.calls = [] }
            return shared.calls
        }
        for call in calls { call() }
        for job in running { job.runSynchronously(on: asUnownedSerialExecutor()) }
        running.removeAll(keepingCapacity: true)
        lastCalls = .now
    }

    /// Many messages came at once.
    func didReadMuch() {
        load = .much
    }

    /// Calls the handler at the end of the turn, when all that was read from one descriptor or asked for by calls has
    /// been handled.
    func callAtEndOfTurn(_ handler: any TurnEndHandler) {
        checkThread()
        turnEndHandlers.append(handler)
    }

    private func endTurn() {
        for handler in turnEndHandlers { handler.turnDidEnd() }
        turnEndHandlers.removeAll(keepingCapacity: true)
    }

    func checkThread() {
        assert(isCurrentThread, "not on the event loop's thread")
    }
}
