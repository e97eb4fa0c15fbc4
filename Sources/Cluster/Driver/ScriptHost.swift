// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Logging
import Shared

/// The primary script: the primary half of a program, as a process whose calls to node:cluster come here. It has two links
/// to this process. Over `calls` it asks and waits for the answer. Over `events` it hears what happens to workers. Each
/// worker that it knows has a ``ScriptRelay`` besides.
final class ScriptHost {
    /// Workers that others have forked and that the script has not made room for.
    private static let maxUnknown = 4096
    /// Bytes that may wait for a script that does not read. Past them it is told of no more workers.
    private static let maxQueuedBytes = 16 << 20

    /// Its descriptors up to this one are standard streams and the links.
    private static let lastOwn: Int32 = 4
    /// Bytes of workers' messages that may wait for the script, of all workers and of one.
    static let mostRelayed = (all: 256 << 20, one: 64 << 20)

    let process: ProcessHandle
    let acceptor: UnixAcceptor
    unowned let driver: Driver
    let origin: String
    let initialPolicy: SchedulingPolicy
    var calls: ScriptLink?
    var events: ScriptLink?
    var relays: [WorkerID: ScriptRelay] = [:]
    /// What the worker that is being forked is started with.
    var launch: ScriptLaunch?
    /// The relay of that worker.
    var launching: ScriptRelay?
    private var hasEnded = false
    /// What reads its output; nil if it writes to this process's own.
    private let taps: OutputTaps?
    private let onExit: (ProcessExit) -> Void

    init(
        _ start: ScriptStart, driver: Driver, onExit: @escaping (ProcessExit) -> Void
    ) throws(IOError) {
        self.driver = driver
        self.onExit = onExit
        origin = start.origin
        initialPolicy = driver.machine.settings.schedulingPolicy
        acceptor = try UnixAcceptor(path: start.socket)
        let callPair = try UnixSocketPair()
        let eventPair = try UnixSocketPair()
        let table = DescriptorTable()
        let taps = try driver.taps(nil, .primary)
        self.taps = taps
        // Its standard streams and the two links.
        let sources: [ProcessSpawner.Source] = [
            .inherited(0),
            try taps?.pipe(.stdout, in: table, owner: nil) ?? .inherited(1),
            try taps?.pipe(.stderr, in: table, owner: nil) ?? .inherited(2),
            .owned(table.insert(try callPair.far.duplicated())),
            .owned(table.insert(try eventPair.far.duplicated())),
        ]
        var request = SpawnRequest(
            path: start.program, arguments: start.arguments, environment: start.environment,
            directory: start.directory)
        request.environment[ScriptStart.variable] = ScriptStart.greeting(
            socket: start.socket, calls: 3, events: 4, policy: initialPolicy)
        do throws(SpawnError) {
            process = try ProcessSpawner.spawn(
                request, descriptors: sources, from: table, guardedBy: try? driver.requireGuard())
        } catch {
            taps?.close()
            throw IOError("spawn", code: error.code)
        }
        do throws(IOError) {
            calls = try ScriptLink(
                try callPair.near.duplicated(), loop: driver.loop, onLine: { [unowned self] in answer($0) },
                onEnd: { [unowned self] in didEnd() })
            events = try ScriptLink(
                try eventPair.near.duplicated(), loop: driver.loop, onLine: { _ in },
                onEnd: { [unowned self] in didEnd() })
            try process.whenExited(on: driver.loop) { [unowned self] in didExit($0) }
        } catch {
            process.killAndReap()
            taps?.close()
            throw error
        }
    }

    var loop: EventLoop { driver.loop }
    var logger: Logger { driver.logger }
    var pid: Int32 { process.pid }
    /// Bytes of all workers' messages that wait for the script.
    var relayedBytes: Int { relays.values.reduce(0) { $0 + $1.queuedBytes } }

    func port(of worker: WorkerID) -> WorkerPort? { driver.port(of: worker) }

    /// A copy of one of the script's own descriptors.
    ///
    /// - Throws: EBADF if the script has none of this number
    func descriptor(_ number: Int32) throws(IOError) -> OwnedFD {
        guard number > Self.lastOwn else { throw IOError("fcntl", code: EBADF) }
        return try process.descriptor(number)
    }

    // MARK: What happens to workers

    /// Tells the script what concerns it.
    func note(_ event: PrimaryEvent) {
        guard let id = event.workerID, !hasEnded else { return }
        switch event.kind {
        case .fork: didFork(id)
        case .online: relays[id]?.tell(["act": "online"])
        case .listening(let address): relays[id]?.tell(address.fields)
        case .disconnect: relays[id]?.finish()
        case .exit(let report):
            guard let relay = relays[id] else { return }
            let exit = ScriptNotice.exit(id, code: report.code, signal: report.signal?.description)
            relay.exit = exit
            relay.info = event.worker
            if relay.isKnown { events?.send(exit.line) }
            didClose(relay)
        case .setup, .message, .messagesLost, .leaving, .noted: break
        }
    }

    private func didFork(_ id: WorkerID) {
        guard let port = port(of: id) else { return }
        if let relay = launching {
            relay.worker = id
            relays[id] = relay
            port.relay = relay
            return
        }
        let unknown = relays.count { !$0.value.isKnown }
        guard unknown < Self.maxUnknown, (events?.queuedBytes ?? 0) < Self.maxQueuedBytes else { return }
        let relay = ScriptRelay(port.serialization, host: self)
        relay.worker = id
        relays[id] = relay
        port.relay = relay
        events?.send(ScriptNotice.adopt(id, port.serialization).line)
    }

    /// The script need not be told anything more of the worker.
    func didClose(_ relay: ScriptRelay) {
        if relay.isOver, relay.exit != nil { relays[relay.worker] = nil }
    }

    // MARK: From the script

    func disconnect(_ worker: WorkerID, abrupt: Bool) {
        if abrupt { driver.hear(worker) }
        _ = try? driver.perform { machine throws(ClusterError) in
            try machine.disconnect(
                worker, abrupt: abrupt, within: nil, requestID: origin, at: .now, now: .now)
        }
        driver.notify(.didDisconnect(worker, requestID: origin))
    }

    /// The script has closed a worker's channel: `worker.process.disconnect()`. The channels of a script that has ended
    /// close too, and its workers are told to go in good order.
    func didEnd(_ relay: ScriptRelay) {
        didClose(relay)
        guard !hasEnded, ProcessReading(pid: process.pid)?.isEnding == false else { return }
        disconnect(relay.worker, abrupt: true)
    }

    // MARK: The end

    private func didEnd() {
        hasEnded = true
    }

    private func didExit(_ exit: ProcessExit) {
        didEnd()
        closeLinks()
        guard let taps else { return onExit(exit) }
        // Its last words come before the news of its end.
        let host = LoopBound(self)
        taps.finish { [loop] _ in
            loop.submit { host.value?.onExit(exit) }
        }
    }

    func signal(_ number: Int32) {
        do throws(IOError) {
            try process.signal(number)
        } catch {
            logger.info("signal not sent to the primary script", metadata: ["error": "\(error)"])
        }
    }

    func signalSession(_ number: Int32) {
        try? process.signalSession(number)
    }

    private func closeLinks() {
        calls?.close()
        events?.close()
        for relay in relays.values {
            relay.close()
            port(of: relay.worker)?.relay = nil
        }
        relays = [:]
        acceptor.close()
    }

    func close() {
        hasEnded = true
        closeLinks()
        process.killAndReap()
    }
}

extension ListeningAddress {
    /// As the worker says it.
    fileprivate var fields: [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "act": "listening", "address": address.map(JSONValue.string) ?? .null,
            "port": port.map { .integer(Int64($0)) } ?? .null, "addressType": addressType.wireValue,
        ]
        if let fd { fields["fd"] = .integer(Int64(fd)) }
        return fields
    }
}
