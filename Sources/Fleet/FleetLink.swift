// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Keeps one agent in the fleet: registers it, reports how it is, and forwards its history.
///
/// It runs the actions of ``ForwarderStateMachine``. If anything fails, it begins again after a while, and the central
/// database says from where.
package actor FleetLink {
    package struct Options: Sendable {
        /// Events that are older are removed from the central history. Nil: never.
        package var maxAge: Duration? = .seconds(90 * 86_400)
        /// Agents that are silent for longer are no longer listed. Nil: never.
        package var forgetAfter: Duration? = .seconds(30 * 86_400)
        /// The time between two reports.
        package var reportInterval: Duration = .seconds(10)
        /// The same, if the agent is in another state than it has reported.
        package var changeInterval: Duration = .seconds(2)
        /// The time between two rounds of looking after the partitions.
        package var tidyInterval: Duration = .seconds(3600)
        /// How long events are collected for one batch.
        package var collection: Duration = .milliseconds(250)

        package init() {}
    }

    private let connection: PostgresConnection
    private let address: PostgresAddress
    private var member: FleetMember
    private let options: Options
    private let history: any LocalHistory
    private let report: @Sendable () async -> FleetReport
    private let now: @Sendable () -> Timestamp
    private let random: @Sendable () -> Double
    private let notify: @Sendable (FleetNotice) -> Void

    private var forwarder: ForwarderStateMachine
    private var backoff = ReconnectBackoff()
    /// Days that need no further look: the partition exists, or making it has failed and is left to the hourly round.
    private var partitions: Set<Int64> = []
    /// By the server's clock, in days since 1970.
    private var today: Int64 = 0
    private var isEnding = false
    private nonisolated let board = FleetStatusBoard()
    private let wakeups: AsyncStream<Void>
    private let alarm: AsyncStream<Void>.Continuation
    private let start = ContinuousClock.now

    /// - Parameters:
    ///   - password: asked at each log-in. Nil: the address has it.
    ///   - member: its id is taken from the history.
    ///   - forwarded: up to which seq the history was forwarded, as far as it knows.
    ///   - report: how the agent is, asked for each report.
    ///   - notify: told what somebody should know; must not wait.
    package init(
        _ address: PostgresAddress, password: @escaping @Sendable () -> String? = { nil }, as member: FleetMember,
        options: Options = Options(), history: any LocalHistory,
        forwarded: Int64 = 0, now: @escaping @Sendable () -> Timestamp = { .now },
        random: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        report: @escaping @Sendable () async -> FleetReport, notify: @escaping @Sendable (FleetNotice) -> Void
    ) {
        self.address = address
        self.member = member
        self.options = options
        self.history = history
        self.report = report
        self.now = now
        self.random = random
        self.notify = notify
        connection = PostgresConnection(to: address, password: password, label: "link") {
            session throws(PostgresError) in
            try session.migrate()
        }
        forwarder = ForwarderStateMachine(cursor: forwarded)
        (wakeups, alarm) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How the link stands.
    package nonisolated var status: FleetStatus { board.current }

    /// The local history may have more.
    package nonisolated func wake() {
        alarm.yield()
    }

    /// Forwards what is there, signs off, and lets ``run()`` return.
    package func finish() {
        isEnding = true
        alarm.yield()
    }

    /// Gives up what ``finish()`` waits for.
    package nonisolated func abandon() {
        connection.close()
    }

    /// Works until ``finish()``. Call it once.
    package func run() async {
        var wakeups = wakeups.makeAsyncIterator()
        while true {
            do throws(PostgresError) {
                try await serve(&wakeups)
                break
            } catch {
                forwarder.didDisconnect()
                let pause = backoff.didFail(at: uptime, random: random())
                board.update {
                    $0.isConnected = false
                    $0.trouble = "\(error)"
                    $0.failures += 1
                }
                notify(.disconnected(error))
                guard !isOver, error.kind != .closed else { break }
                await look()
                // The local history wakes it too, but a broken connection is not tried more often for that.
                let end = ContinuousClock.now + pause
                while !isOver, .now < end { await wait(for: end - .now, &wakeups) }
                if isOver { break }
            }
        }
        connection.close()
    }

    private var uptime: Duration { .now - start }

    /// What waits is still forwarded, unless the task is cancelled.
    private var isOver: Bool { isEnding || Task.isCancelled }

    // MARK: A connection's life

    private func serve(_ wakeups: inout AsyncStream<Void>.Iterator) async throws(PostgresError) {
        member.id = try await local { try await history.id() }
        let registration = try await connection.perform { [member] session throws(PostgresError) in
            try session.register(member)
        }
        let isRestored = try await isRestored(since: registration)
        // The database may be an older copy too. Then the local history must keep more than before.
        await history.didForward(through: max(0, isRestored ? 0 : registration.cursor))
        today = registration.today
        backoff.didConnect(at: uptime)
        partitions = []
        notify(.connected(to: address.description))
        var reported: Reported?
        // Not all at once, if all are started at once.
        var nextTidying = ContinuousClock.now + options.tidyInterval * (random() * 0.01)
        var action = forwarder.didConnect(cursor: registration.cursor, isRestored: isRestored)
        while true {
            let report = await report()
            if nextReport(of: report, after: reported) <= .now {
                try await send(report, registration)
                reported = Reported(report: report, at: .now)
            }
            guard case .rest = action else {
                try await perform(&action, registration)
                continue
            }
            if isOver { break }
            if nextTidying <= .now {
                try await tidy()
                nextTidying = .now + options.tidyInterval
            }
            await wait(for: min(nextReport(of: report, after: reported), nextTidying) - .now, &wakeups)
            if !isOver { try? await Task.sleep(for: options.collection) }
            action = forwarder.didWake()
        }
        try await connection.perform { [member] session throws(PostgresError) in
            try session.leave(member, registration)
        }
        board.update { $0.isConnected = false }
    }

    /// Performs one action and takes the next one.
    private func perform(
        _ action: inout ForwarderStateMachine.Action, _ registration: Registration
    ) async throws(PostgresError) {
        defer { show() }
        switch action {
        case .rest: break
        case .measure:
            action = forwarder.didMeasure(try await local { try await history.extent() }, now: now())
        case .read(let seq, let limit):
            action = forwarder.didRead(try await local { try await history.batch(after: seq, limit: limit) })
        case .write(let batch, let from, let through):
            let gaps = forwarder.gaps
            do throws(PostgresError) {
                try await ensurePartitions(for: batch)
                try await connection.perform { [member] session throws(PostgresError) in
                    try session.append(batch, of: member, number: registration.number, cursor: (from, through))
                }
                action = forwarder.didWrite()
                await history.didForward(through: forwarder.cursor)
            } catch {
                guard error.kind == .data, let next = forwarder.didRefuse(because: "\(error)") else { throw error }
                action = next
            }
            if forwarder.gaps > gaps { notify(.gap) }
        }
        board.update {
            $0.isConnected = true
            $0.trouble = nil
        }
    }

    /// The local history has its own alarm. Here its failure only means to try again later.
    private func local<Result: Sendable>(_ body: () async throws -> Result) async throws(PostgresError) -> Result {
        do {
            return try await body()
        } catch {
            throw PostgresError(.local, "the local history cannot be read: \(error)")
        }
    }

    /// Whether the local history is another than the one that was forwarded: it was restored from an older copy, and has grown
    /// since.
    private func isRestored(since registration: Registration) async throws(PostgresError) -> Bool {
        guard let seq = registration.lastSeq, let time = registration.lastTime,
            let own = try await local({ try await history.time(of: seq) })
        else { return false }
        return own != time
    }

    private func show() {
        let forwarder = forwarder
        board.update {
            $0.forwardedSeq = forwarder.cursor
            $0.waiting = forwarder.waiting
            $0.waitingSince = forwarder.waitingSince
            $0.forwarded = forwarder.forwarded
            $0.gaps = forwarder.gaps
        }
    }

    /// How much waits while there is no connection.
    private func look() async {
        guard let extent = try? await history.extent() else { return }
        _ = forwarder.didMeasure(extent, now: now())
        show()
    }

    private struct Reported {
        let report: FleetReport
        let at: ContinuousClock.Instant
    }

    /// Soon, if something has changed. Whatever changes is an event too, so the link is awake then.
    private func nextReport(of report: FleetReport, after last: Reported?) -> ContinuousClock.Instant {
        guard let last else { return .now }
        return last.at + (report == last.report ? options.reportInterval : options.changeInterval)
    }

    private func send(_ report: FleetReport, _ registration: Registration) async throws(PostgresError) {
        var report = report
        report.waiting = forwarder.waiting
        today = try await connection.perform { [member, report] session throws(PostgresError) in
            try session.report(report, of: member, registration)
        }
    }

    // MARK: Partitions

    /// Events of days far away go to the default partition: the clock is wrong, or they are too old to be kept.
    private func ensurePartitions(for batch: FleetBatch) async throws(PostgresError) {
        let oldest = today - (options.maxAge.map { $0.components.seconds / 86_400 } ?? 3650)
        let days = Set(batch.events.map { PostgresSession.day(of: $0.time) }).subtracting(partitions)
        for day in days.sorted() where (oldest...today + 3).contains(day) {
            partitions.insert(day)
            do throws(PostgresError) {
                try await connection.perform { session throws(PostgresError) in
                    try session.ensurePartition(ofDay: day)
                }
            } catch {
                // Without its partition the batch goes to the default one. A session that broke is replaced.
                guard !error.endsSession || error.kind == .timeout else { throw error }
                notify(.untidy(error))
            }
        }
    }

    private func tidy() async throws(PostgresError) {
        do throws(PostgresError) {
            try await connection.perform { [options] session throws(PostgresError) in
                try session.tidy(
                    maxAge: options.maxAge, forgetAfter: options.forgetAfter, interval: options.tidyInterval)
            }
        } catch {
            guard !error.endsSession || error.kind == .timeout else { throw error }
            notify(.untidy(error))
        }
    }

    // MARK: Waiting

    /// Until somebody wakes the link, or the time is over.
    private func wait(for duration: Duration, _ wakeups: inout AsyncStream<Void>.Iterator) async {
        let timer = Task { [alarm] in
            // A timer that is no longer needed must not end the next wait.
            guard (try? await Task.sleep(for: duration)) != nil else { return }
            alarm.yield()
        }
        defer { timer.cancel() }
        _ = await wakeups.next(isolation: self)
    }
}
