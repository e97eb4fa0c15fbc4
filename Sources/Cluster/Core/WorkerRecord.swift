// SPDX-License-Identifier: Apache-2.0

import Shared

/// What the primary knows of one live worker.
struct WorkerRecord {
    private(set) var info: WorkerInfo
    /// The request that forked it.
    let forkRequest: String?
    /// The request that wants it to go.
    private(set) var stopRequest: String?

    init(_ info: WorkerInfo, forkRequest: String?) {
        self.info = info
        self.forkRequest = forkRequest
    }

    /// Both have happened: the channel is closed and the process has ended.
    var isGone: Bool { info.dead && !info.connected }

    /// Told to disconnect, or has said that it will: it gets no new sockets.
    var isLeaving: Bool { info.exitedAfterDisconnect == true }

    /// Node does not answer the query of a worker that is on its way out, and none is owed to one that is gone.
    var mayListen: Bool { info.connected && !isLeaving }

    mutating func didSpawn(pid: Int32) {
        info.pid = pid
        info.connected = true
    }

    /// False where it has said so before, which no worker does.
    mutating func didComeOnline(at time: Timestamp) -> Bool {
        guard info.onlineAt == nil, info.connected else { return false }
        info.onlineAt = time
        info.state = .online
        return true
    }

    mutating func didListen(on address: ListeningAddress, at time: Timestamp) {
        if !info.listening.contains(address) { info.listening.append(address) }
        if info.listeningAt == nil { info.listeningAt = time }
        info.state = .listening
    }

    mutating func willStop(because request: String?) {
        stopRequest = request
    }

    mutating func willDisconnect() {
        info.exitedAfterDisconnect = true
    }

    mutating func didCloseChannel(at time: Timestamp) {
        info.connected = false
        info.disconnectedAt = time
        info.state = .disconnected
        info.exitedAfterDisconnect = info.exitedAfterDisconnect ?? false
    }

    mutating func didExit(_ report: ExitReport, at time: Timestamp) {
        info.dead = true
        info.exitCode = report.code
        info.signal = report.signal?.description
        info.exit = report
        info.exitedAt = time
        info.state = .dead
        info.exitedAfterDisconnect = info.exitedAfterDisconnect ?? false
    }
}
