// SPDX-License-Identifier: Apache-2.0

import Shared

/// What the primary knows of one live worker.
struct WorkerRecord {
    /// Addresses that are shown. Each event writes all of them again.
    private static let maxListening = 256
    /// `listening` events, so that a worker that opens and closes servers all the time does not fill the history.
    private var announcements = Allowance(burst: 1000, perSecond: 20)

    /// The worker for the events of this moment.
    private(set) var snapshot: WorkerSnapshot
    private(set) var info: WorkerInfo {
        get { snapshot.info }
        set { snapshot = WorkerSnapshot(newValue) }
    }
    /// The request that forked it.
    let forkRequest: String?
    /// The sockets that it has asked for and not closed, by the keys that it knows them by.
    private(set) var served: [String: HandleID] = [:]
    /// What was done to the worker that may end it.
    private(set) var attempts = EndingAttempts()
    /// Who told the worker to disconnect first. Nil if it leaves by itself.
    private(set) var leavesBecause: Cause?
    /// The steps that follow if the worker does not end. Nil without a deadline.
    var ladder: EndingLadder?
    private(set) var wasTerminated = false
    /// It is to leave and has not been told so yet: it takes what waits in its sockets first.
    private(set) var awaitsWord = false
    /// The signal that told it to leave. Whatever it has said since then does not change that.
    private var toldBy: Signal?
    /// The sockets that it was started with. It keeps them until it ends.
    let sockets: [HandleID]
    let readiness: WorkerReadiness?
    /// It does not count as listening on them yet.
    private(set) var isAwaited: Bool
    /// Whether it is a silent worker. The program may know nothing of clusters, and has not shown yet that it does. It
    /// gets no messages, and the end of its channel means nothing.
    private(set) var isSilent: Bool
    private let namedSignal: Signal?
    /// Why it gets no new connections.
    private(set) var obstacles: Obstacles = []

    init(_ info: WorkerInfo, forkRequest: String?, settings: ClusterSettings, sockets: [HandleID]) {
        snapshot = WorkerSnapshot(info)
        self.forkRequest = forkRequest
        self.sockets = sockets
        readiness = settings.ready
        isAwaited = !sockets.isEmpty
        isSilent = settings.isForeign
        namedSignal = settings.disconnectSignal
    }

    /// What tells it to go; nil if that is a message.
    var disconnectSignal: Signal? { namedSignal ?? (isSilent ? .terminate : nil) }

    /// Both have happened: the channel is closed and the process has ended.
    var isGone: Bool { info.dead && !info.connected }

    /// Told to disconnect, or has said that it will: it gets no new sockets.
    var isLeaving: Bool { info.exitedAfterDisconnect == true }

    /// Node does not answer the query of a worker that is leaving. One that is gone needs no answer.
    var mayListen: Bool { info.connected && !isLeaving }

    /// Whether connections can reach it. The addresses in `info` are for people, and not all of many.
    var serves: Bool { !served.isEmpty || (!sockets.isEmpty && !isAwaited) }

    mutating func didSpawn(pid: Int32) {
        info.pid = pid
        info.connected = true
    }

    /// A message of the cluster's has come from it.
    mutating func didSpeak() {
        isSilent = false
    }

    /// It runs and has not said that it is online.
    mutating func didStaySilent() {
        isSilent = true
    }

    mutating func didBecomeReady() {
        isAwaited = false
    }

    /// - Returns: false if nothing changes.
    mutating func obstruct(_ change: (inout Obstacles) -> Void) -> Bool {
        let before = obstacles
        change(&obstacles)
        let isPaused = obstacles.contains(.paused) && !info.dead
        if isPaused != info.paused { info.paused = isPaused }
        return obstacles != before
    }

    mutating func didJoin(_ handle: HandleID, under key: HandleKey) {
        served[key.text] = handle
    }

    mutating func didLeave(_ key: HandleKey) {
        served[key.text] = nil
    }

    /// False if it has said so before, which no worker does.
    mutating func didComeOnline(at time: Timestamp) -> Bool {
        guard info.onlineAt == nil, info.connected else { return false }
        info.onlineAt = time
        info.state = .online
        return true
    }

    /// False if there were too many such events. The worker is up to date all the same.
    mutating func didListen(on address: ListeningAddress, at time: Timestamp) -> Bool {
        if !info.listening.contains(address), info.listening.count < Self.maxListening {
            info.listening.append(address)
        }
        if info.listeningAt == nil { info.listeningAt = time }
        info.state = .listening
        return announcements.take(at: time)
    }

    mutating func didStopListening(on address: ListeningAddress) {
        info.listening.removeAll { $0 == address }
    }

    /// Somebody wants it to go, by this moment at the latest. Of two deadlines the earlier counts.
    ///
    /// - Returns: false if it was asked before.
    mutating func willLeave(by deadline: Timestamp?, at time: Timestamp) -> Bool {
        guard var leaving = info.leaving else {
            info.leaving = Leaving(since: time, deadline: deadline)
            return true
        }
        leaving.deadline = [leaving.deadline, deadline].compactMap(\.self).min()
        if leaving != info.leaving { info.leaving = leaving }
        return false
    }

    mutating func willDisconnect(because cause: Cause) {
        leavesBecause = cause
        info.exitedAfterDisconnect = true
        awaitsWord = true
        attempts.note(.disconnect, because: cause)
        toldBy = disconnectSignal
        if let toldBy { attempts.note(.signal(toldBy), because: cause) }
    }

    /// It has been told to leave.
    mutating func didTell() {
        awaitsWord = false
    }

    mutating func didAnnounceDisconnect() {
        info.exitedAfterDisconnect = true
    }

    mutating func didBreakChannel(because reason: DisconnectReason) {
        info.disconnectReason = reason
    }

    mutating func willCloseChannel(because cause: Cause) {
        attempts.note(.closeChannel, because: cause)
    }

    mutating func willSignal(_ signal: Signal, because cause: Cause) {
        attempts.note(.signal(signal), because: cause)
    }

    /// Its deadline is near.
    mutating func willTerminate(because cause: Cause) {
        wasTerminated = true
        willSignal(.terminate, because: cause)
    }

    /// Why it ended in this way.
    func reason(of outcome: ProcessOutcome) -> ExitReport.Reason {
        let cause = attempts.cause(of: outcome)
        if cause == .stop { return .agentStopped }
        guard let signal = outcome.signal else {
            guard isLeaving else { return .exited }
            return leavesBecause == .stop ? .agentStopped : .disconnected
        }
        // A Node process whose terminal is gone aborts at its end (Node `src/node.cc`, ResetStdio), and an agent whose terminal
        // goes stops.
        if signal == Signal.abort.number, isLeaving, leavesBecause == .stop { return .agentStopped }
        let wasTold =
            signal == (toldBy ?? disconnectSignal)?.number || (wasTerminated && signal == Signal.terminate.number)
        return isLeaving && wasTold ? .disconnected : .signaled
    }

    mutating func didCloseChannel(at time: Timestamp) {
        info.connected = false
        info.disconnectedAt = time
        info.listening = []
        info.state = .disconnected
        info.exitedAfterDisconnect = info.exitedAfterDisconnect ?? false
    }

    mutating func didExit(_ report: ExitReport, at time: Timestamp) {
        info.dead = true
        info.exitCode = report.code
        info.signal = report.signal?.description
        info.exit = report
        info.exitedAt = time
        info.leaving = nil
        info.paused = false
        info.listening = []
        info.state = .dead
        info.exitedAfterDisconnect = info.exitedAfterDisconnect ?? false
    }
}
