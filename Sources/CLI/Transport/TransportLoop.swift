// SPDX-License-Identifier: Apache-2.0

internal import CCurl
internal import Synchronization

/// The executor of `TransportActor`. It runs the actor's jobs and libcurl's transfers in turn, on the thread that
/// called `run`.
///
/// A job that takes a transfer's data runs before libcurl reads more. So unread data is bounded by what libcurl
/// delivers in one round.
// Unchecked: other threads use only `inbox`, which is a Mutex, and curl_multi_wakeup, which any thread may call
// (curl_multi_wakeup(3)). Only jobs and `run` use the rest, and they share one thread.
final class TransportLoop: SerialExecutor, @unchecked Sendable {
    private enum Job {
        case onActor(UnownedJob)
        case ofTask(UnownedJob, UnownedTaskExecutor)
    }

    private struct Inbox {
        var jobs: [Job] = []
        /// The loop's thread sleeps, or is about to, and must be woken.
        var isAsleep = false
    }

    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer
    private var transfers: [Transfer.ID: Transfer] = [:]
    private var nextID: Transfer.ID = 0

    init() {
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl has no memory to start with") }
        self.multi = multi
    }

    func enqueue(_ job: consuming ExecutorJob) {
        add(.onActor(UnownedJob(job)))
    }

    /// A job that need not run on the actor, of a task that prefers this loop.
    func enqueue(_ job: UnownedJob, of executor: UnownedTaskExecutor) {
        add(.ofTask(job, executor))
    }

    private func add(_ job: Job) {
        let mustWake = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { curl_multi_wakeup(multi) }
    }

    /// Runs jobs and transfers forever. The program ends by `exit` in a job.
    func run() -> Never {
        while true { runOnce() }
    }

    /// Runs jobs and transfers until a job sets the awaited result.
    func run(until isDone: () -> Bool) {
        while !isDone() { runOnce() }
    }

    private func runOnce() {
        sleep()
        runJobs()
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        finishTransfers()
        endIdleTransfers()
    }

    /// Runs all waiting jobs, and those that they add.
    private func runJobs() {
        while true {
            let work = inbox.withLock { inbox in
                defer { inbox.jobs.removeAll(keepingCapacity: true) }
                return inbox.jobs
            }
            if work.isEmpty { return }
            for job in work {
                switch job {
                case .onActor(let job): job.runSynchronously(on: asUnownedSerialExecutor())
                case .ofTask(let job, let executor): job.runSynchronously(on: executor)
                }
            }
        }
    }

    /// Starts a request. Its starter also cancels it, which does nothing after the end.
    @TransportActor
    func start(_ request: HTTPRequest) throws(TransportFailure) -> ReplyStream {
        let reply = ReplyStream(id: nextID)
        nextID += 1
        let transfer = try Transfer(request, reply: reply)
        transfers[reply.id] = transfer
        curl_multi_add_handle(multi, transfer.easy)
        return reply
    }

    /// Ends a transfer whose reply nobody reads any further.
    @TransportActor
    func cancel(_ reply: ReplyStream) {
        remove(reply.id)
    }

    private func finishTransfers() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE,
                let transfer = transfers.values.first(where: { $0.easy == message.pointee.easy_handle })
            else { continue }
            let result = ccurl_result(message)
            remove(transfer.id)
            transfer.finish(result)
        }
    }

    /// libcurl's own low-speed limit does not help here: it averages over seconds and so misses a heartbeat of one
    /// byte.
    private func endIdleTransfers() {
        let now = ContinuousClock.now
        for transfer in transfers.values where transfer.idleDeadline.map({ $0 <= now }) ?? false {
            remove(transfer.id)
            transfer.finish(CURLE_OPERATION_TIMEDOUT)
        }
    }

    private func remove(_ id: Transfer.ID) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, transfer.easy)
    }

    /// Waits for a socket, a timer of libcurl's, an idle transfer's deadline or a job.
    private func sleep() {
        let maySleep = inbox.withLock { inbox in
            inbox.isAsleep = inbox.jobs.isEmpty
            return inbox.isAsleep
        }
        guard maySleep else { return }
        var milliseconds: Int64 = 60_000
        if let next = transfers.values.compactMap(\.idleDeadline).min() {
            milliseconds = min(milliseconds, max(0, (next - .now).wholeMilliseconds + 1))
        }
        curl_multi_poll(multi, nil, 0, Int32(clamping: milliseconds), nil)
        inbox.withLock { $0.isAsleep = false }
    }
}
