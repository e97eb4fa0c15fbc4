// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
import Logging
import Shared

/// The sockets of all handles, and the connections that were accepted from them and are not acknowledged.
final class HandlePorts {
    private var ports: [HandleID: HandlePort] = [:]
    private var connections = DescriptorTable()
    private var problem: ListenProblem?
    /// Handles whose `rest` is under way: one timer serves all workers of a handle.
    private var resting: Set<HandleID> = []
    /// Handles whose program may have changed.
    private var unsteered: Set<HandleID> = []
    /// Handles for which the kernel has refused a program. The log says so once.
    private var refused: Set<HandleID> = []
    /// Handles that are being emptied, each with the end of its time.
    private var emptied: [HandleID: ContinuousClock.Instant] = [:]
    private var emptyingTimer: Int?
    /// Connections whose clients are not known yet.
    private lazy var heads = ClientHeads(driver.machine.steering, loop: driver.loop)
    /// Handles with a slot that could not be adopted, until it is tried again.
    private var unsettled: Set<HandleID> = []
    /// What follows from the actions is being done.
    private var isSettling = false
    /// Sockets that are open here, and how many may be. The rest of what the process may have is for everything else.
    private var sockets = 0
    private let maxSockets = max(32, ThisProcess.descriptorLimit / 2)
    /// How much workers can make the log say.
    private var logLines = Allowance(burst: 100, perSecond: 1)
    private unowned let driver: Driver

    /// How long a worker that declined a connection is left alone.
    private static let restDelay = Duration.milliseconds(10)
    /// The time until a slot is adopted that could not be.
    private static let adoptionDelay = Duration.seconds(1)
    /// The time between two looks at handles that are being emptied.
    private static let emptyingInterval = Duration.milliseconds(2)

    init(driver: Driver) {
        self.driver = driver
    }

    subscript(id: HandleID) -> HandlePort? { ports[id] }

    /// Makes the socket that workers ask for.
    func bind(_ id: HandleID, _ query: ServerQuery, _ use: SocketUse) {
        do {
            try checkRoom()
            try insert(id, HandlePort(id, query, use, driver: driver))
        } catch {
            didNotBind(query.key.text, error)
            driver.report { $0.didBind(id, nil, errno: error.code) }
        }
    }

    /// Makes a socket that workers are started with.
    func open(_ id: HandleID, _ key: HandleKey, _ url: ListenURL) {
        do {
            try insert(id, HandlePort(id, key, url, driver: driver))
        } catch {
            // Only the first one is reported.
            problem = problem ?? ListenProblem(url: url, error: error)
            driver.report { $0.didBind(id, nil, errno: error.code) }
        }
    }

    /// Why a socket could not be made that workers start with. Reported once.
    func takeProblem() -> ListenProblem? {
        problem.take()
    }

    /// The kernel's error, so that the worker's program gets it.
    private func checkRoom() throws(IOError) {
        guard sockets < maxSockets else { throw IOError("socket", code: EMFILE) }
    }

    private func insert(_ id: HandleID, _ port: HandlePort) {
        if let old = ports.updateValue(port, forKey: id) {
            sockets -= old.socketCount
            old.giveWay()
        }
        sockets += port.socketCount
        driver.report { $0.didBind(id, port.name, errno: 0) }
    }

    func bindSlot(_ id: HandleID, _ slot: SlotID) {
        guard let port = ports[id] else { return }
        do {
            try checkRoom()
            try port.bindSlot(slot)
            sockets += 1
            driver.report { $0.didBindSlot(id, slot, errno: 0) }
        } catch {
            didNotBind(port.key, error)
            driver.report { $0.didBindSlot(id, slot, errno: error.code) }
        }
    }

    private func didNotBind(_ key: String, _ error: IOError) {
        guard logLines.take(at: .now) else { return }
        driver.logger.info("socket not bound", metadata: ["key": "\(key)", "error": "\(error)"])
    }

    func adopt(_ id: HandleID, _ slot: SlotID) {
        do {
            try ports[id]?.adopt(slot)
        } catch {
            if logLines.take(at: .now) {
                driver.logger.error(
                    "connections wait in a socket that no worker accepts from; it is tried again",
                    metadata: ["key": "\(ports[id]?.key ?? "")", "error": "\(error)"])
            }
            driver.report { $0.didNotAdopt(id, slot) }
            guard unsettled.insert(id).inserted else { return }
            driver.loop.schedule(after: Self.adoptionDelay) { [weak self] in
                guard let self else { return }
                unsettled.remove(id)
                driver.report { $0.settleSlots(id) }
            }
        }
    }

    /// Does what follows from the actions, at the end of all of them: several may have changed the same handle. What follows
    /// from that in turn is done here too, and not by a call within this one.
    func settle() {
        guard !isSettling else { return }
        isSettling = true
        repeat {
            steer()
            lookAtEmptied()
        } while !unsteered.isEmpty
        isSettling = false
    }

    func steerLater(_ id: HandleID) { unsteered.insert(id) }

    /// If the kernel refuses a program, it spreads connections in its own way.
    private func steer() {
        while let id = unsteered.popFirst() {
            guard let program = driver.machine.changedProgram(of: id), let port = ports[id] else { continue }
            do {
                try port.steer(program)
                driver.report { $0.didSteer(id, succeeded: true) }
            } catch {
                if refused.insert(id).inserted { warnOfRefusal(port.key, error) }
                driver.report { $0.didSteer(id, succeeded: false) }
            }
        }
    }

    private func warnOfRefusal(_ key: String, _ error: IOError) {
        let isSticky = driver.machine.steering.isSticky
        let lost = isSticky ? "sticky clients change their instance, and if it takes no shorter one either, " : ""
        let hint =
            error.code == ENOMEM ? "; raise the sysctl net.core.optmem_max, and the next worker tries again" : ""
        driver.logger.warning(
            "the kernel refuses a program for a port with reuseport: \(lost)workers that hang or are paused go on getting connections\(hint)",
            metadata: ["key": "\(key)", "error": "\(error)"])
    }

    /// Keeps new clients from the handle's sockets until they close, and has all that waits in them accepted.
    func empty(_ id: HandleID, within limit: Duration) {
        ports[id]?.refuseClients()
        for connection in driver.machine.handles[id]?.queue?.unread ?? [] { heads.endNow(connection) }
        emptied[id] = .now + limit
    }

    /// Workers may have taken what waited.
    private func lookAtEmptied() {
        guard !emptied.isEmpty else { return }
        for id in Array(emptied.keys) {
            guard let end = emptied[id] else { continue }
            if let port = ports[id] {
                if port.isHandingOn { continue }
                let isInTime = driver.machine.hasTaker(id) && ContinuousClock.now < end
                if isInTime, port.adoptWaiting() || driver.machine.holdsConnections(id) { continue }
            }
            emptied[id] = nil
            driver.report { $0.didEmpty(id) }
        }
        guard !emptied.isEmpty, emptyingTimer == nil else { return }
        emptyingTimer = driver.loop.schedule(after: Self.emptyingInterval) { [weak self] in
            self?.emptyingTimer = nil
            self?.settle()
        }
    }

    /// Slots in which connections wait for their workers.
    var backlogs: [HandleID: Set<SlotID>] { ports.compactMapValues(\.backlogs) }

    func close(_ id: HandleID) {
        guard let port = ports.removeValue(forKey: id) else { return }
        refused.remove(id)
        sockets -= port.socketCount
        port.close()
    }

    func closeAll() {
        for port in ports.values { port.close() }
        ports = [:]
        emptied = [:]
        if let emptyingTimer { driver.loop.cancel(emptyingTimer) }
        emptyingTimer = nil
        sockets = 0
        heads.forgetAll()
    }

    /// Calls `didRest` a moment later.
    func rest(_ id: HandleID) {
        guard resting.insert(id).inserted else { return }
        driver.loop.schedule(after: Self.restDelay) { [weak self] in
            guard let self else { return }
            resting.remove(id)
            driver.report { $0.didRest(id) }
        }
    }

    // MARK: Connections

    func keep(_ connection: consuming OwnedFD) -> ConnectionID {
        ConnectionID(rawValue: connections.insert(connection).rawValue)
    }

    func close(_ connection: ConnectionID) {
        heads.forget(connection)
        _ = connections.remove(connection.token)
    }

    /// What names the client of a connection that was just accepted.
    ///
    /// - Returns: nil if it has not said enough. Otherwise as ``ClientHeads/look(at:of:)``.
    func look(at connection: ConnectionID) -> UInt32?? { heads.look(at: connection, of: connections) }

    /// Tells the machine when the connection has sent what names its client.
    ///
    /// - Returns: false if it cannot be watched.
    func awaitClient(of connection: ConnectionID, on id: HandleID) -> Bool {
        heads.wait(for: connection, of: connections) { [weak self] word in
            guard let self else { return }
            let bucket = bucket(of: word, connection)
            driver.report { $0.didRead(connection, on: id, bucket: bucket) }
        }
    }

    /// - Parameter word: nil: its address counts.
    func bucket(of word: UInt32?, _ connection: ConnectionID) -> Int? {
        word.map(StickyTable.bucket) ?? addressBucket(of: connection)
    }

    func addressBucket(of connection: ConnectionID) -> Int? {
        SocketName.peerWord(of: connection.token, in: connections).map(StickyTable.bucket)
    }

    func handOver(_ connection: ConnectionID, through id: HandleID, to worker: WorkerPort, _ sequence: Int) {
        guard let key = ports[id]?.key else { return }
        worker.handOver(connection.token, of: connections, key: key, sequence: sequence)
    }
}

extension ConnectionID {
    fileprivate var token: DescriptorTable.Token { DescriptorTable.Token(rawValue: rawValue) }
}
