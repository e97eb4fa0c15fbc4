// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Logging
import Shared

// What the primary script asks for. It waits for each answer.
extension ScriptHost {
    /// Bytes of answers that may wait for a script that asks and does not read.
    private static let maxAnswerBytes = 1 << 20
    /// Descriptors that a worker is started with.
    private static let maxStreams = 256

    func answer(_ line: UnsafeRawBufferPointer) {
        let call: ScriptCall
        do {
            call = try ScriptCall(line)
        } catch {
            logger.warning(
                "the primary script made a call that is not one", metadata: ["detail": "\("\(error)".beginning(200))"])
            calls?.send(ScriptNotice.failed(errno: EINVAL).line)
            return
        }
        let notice = notice(for: call)
        calls?.send(notice.line)
        // What the script has connected for nothing closes, so that it sees the end.
        if case .failed = notice { _ = try? acceptor.accept(0, from: process.pid, into: DescriptorTable()) }
        guard let calls, calls.queuedBytes > Self.maxAnswerBytes else { return }
        logger.warning("the primary script does not read its answers, and gets none any more")
        calls.close()
    }

    private func notice(for call: ScriptCall) -> ScriptNotice {
        do {
            switch call {
            case .fork(let fork): return try self.fork(fork)
            case .adopt(let worker, let stdio): return try adopt(worker, stdio)
            case .kill(let worker, let number): return try kill(worker, number)
            case .setUp(let settings): return try setUp(settings)
            }
        } catch let error as IOError {
            return .failed(errno: error.code)
        } catch let error as ClusterError {
            logger.info("the primary script's call has failed", metadata: ["error": "\(error)"])
            return .failed(errno: error.systemError ?? (error.reason == .workerNotFound ? ESRCH : EAGAIN))
        } catch {
            return .failed(errno: EINVAL)
        }
    }

    private func fork(_ fork: ScriptFork) throws -> ScriptNotice {
        let table = DescriptorTable()
        var connections = try connections(for: fork.stdio, in: table)[...]
        var sources: [ProcessSpawner.Source] = []
        var channelPlace: Int?
        var outputs: [Int: WorkerStream] = [:]
        var channel: OwnedFD?
        for (place, entry) in fork.stdio.enumerated() {
            switch entry {
            case .ipc:
                channel = table.remove(connections.removeFirst())
                channelPlace = place
                sources.append(.null)
            case .pipe: sources.append(.owned(connections.removeFirst()))
            case .ignore, .inherit: sources.append(.null)
            case .descriptor(let number) where number <= 2:
                outputs[place] = WorkerStream(descriptor: number)
                sources.append(.inherited(Int32(number)))
            case .descriptor(let number):
                sources.append(.owned(table.insert(try descriptor(Int32(clamping: number)))))
            }
        }
        guard let channelPlace, let end = channel.take() else { throw IOError("fork", code: EINVAL) }
        let settings = shown(fork.settings)
        adoptPolicy(fork.settings)
        launch = ScriptLaunch(fork: fork, sources: sources, table: table, channelPlace: channelPlace, outputs: outputs)
        let relay = ScriptRelay(settings.serialization, host: self)
        try relay.connect(end)
        launching = relay
        defer {
            launch = nil
            launching = nil
        }
        let order = try driver.perform { machine throws(ClusterError) in
            try machine.orderScriptFork(settings, requestID: origin)
        }
        guard let worker = try driver.forkNext(order), let pid = worker.pid else { throw IOError("fork", code: EAGAIN) }
        return .worker(worker.id, nodeID: worker.nodeId, pid: pid)
    }

    /// What the script has connected for these streams, in their order.
    private func connections(
        for stdio: [StdioEntry], in table: DescriptorTable
    ) throws(IOError) -> [DescriptorTable.Token] {
        guard stdio.count <= Self.maxStreams else { throw IOError("fork", code: EINVAL) }
        return try acceptor.accept(stdio.count(where: \.isConnected), from: process.pid, into: table)
    }

    /// What the worker that is being forked is started with; nil if somebody else forks.
    func takeLaunch() -> ScriptLaunch? { launch.take() }

    private func adopt(_ worker: WorkerID, _ stdio: [StdioEntry]) throws -> ScriptNotice {
        let table = DescriptorTable()
        let connections = try connections(for: stdio, in: table)
        // The agent reads the worker's output itself, so the script's pipes for it close when this returns.
        guard let place = stdio.filter(\.isConnected).firstIndex(of: .ipc),
            let channel = table.remove(connections[place])
        else { throw IOError("adopt", code: EINVAL) }
        guard let relay = relays[worker], !relay.isKnown else { throw ClusterError.workerNotFound(worker) }
        try relay.connect(channel)
        if let exit = relay.exit { events?.send(exit.line) }
        defer { didClose(relay) }
        guard let info = driver.machine.workers[worker]?.info ?? relay.info, let pid = info.pid else {
            throw ClusterError.workerNotFound(worker)
        }
        return .worker(worker, nodeID: info.nodeId, pid: pid)
    }

    private func kill(_ worker: WorkerID, _ number: Int32) throws -> ScriptNotice {
        guard let signal = Signal(number: number) else { throw IOError("kill", code: EINVAL) }
        // What was sent to the worker before it is on its way.
        relays[worker]?.drain()
        _ = try driver.perform { machine throws(ClusterError) in
            try machine.kill(worker, signal: signal, requestID: origin)
        }
        return .done
    }

    private func setUp(_ settings: ScriptSettings) throws -> ScriptNotice {
        adoptPolicy(settings)
        var patch = SettingsPatch()
        patch.exec = settings.exec.map { .set($0) } ?? .keep
        patch.args = .set(settings.args ?? [])
        patch.execArgv = .set(settings.execArgv ?? [])
        patch.silent = .set(settings.silent ?? false)
        patch.serialization = .set(settings.serialization ?? .json)
        patch.cwd = settings.cwd.map { .set($0) } ?? .keep
        _ = try driver.perform { machine throws(ClusterError) in
            try machine.setupPrimary(patch, requestID: origin, at: .now)
        }
        driver.notify(.didSetUp)
        return .done
    }

    /// `cluster.schedulingPolicy` counts until the first fork, as in Node. `reuseport` has no number there.
    private func adoptPolicy(_ settings: ScriptSettings) {
        guard driver.machine.policyPhase == .open else { return }
        let number = settings.policy ?? initialPolicy.nodeNumber
        driver.machine.settings.schedulingPolicy =
            number == initialPolicy.nodeNumber ? initialPolicy : number == 1 ? .none : .roundRobin
    }

    private func shown(_ script: ScriptSettings) -> ClusterSettings {
        var settings = driver.machine.settings
        settings.exec = script.exec ?? settings.exec
        settings.args = script.args ?? []
        settings.execArgv = script.execArgv ?? []
        settings.silent = script.silent ?? false
        settings.serialization = script.serialization ?? .json
        settings.stdio = nil
        settings.listen = []
        settings.channel = false
        settings.ready = nil
        settings.disconnectSignal = nil
        return settings
    }
}

extension SchedulingPolicy {
    /// `cluster.SCHED_NONE` or `cluster.SCHED_RR`.
    var nodeNumber: Int { self == .none ? 1 : 2 }
}

extension StdioEntry {
    /// Whether the script connects a socket for it before the call.
    fileprivate var isConnected: Bool { self == .ipc || self == .pipe }
}
