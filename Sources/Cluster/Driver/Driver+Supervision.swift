// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

// What the driver does for a supervisor.
extension Driver {
    func observe(_ observer: ((PrimaryNotice) -> Void)?) {
        observation.observer = observer
    }

    /// Whether workers' messages are read for the observer alone.
    var awaitsReadyMessages: Bool {
        get { observation.awaitsReadyMessages }
        set { observation.awaitsReadyMessages = newValue }
    }

    /// Tells the observer: now, or as soon as all actions are done.
    func notify(_ notice: PrimaryNotice) {
        observation.note(notice)
        if !isDraining { didDrain() }
    }

    func didDrain() {
        handles.settle()
        observation.deliver()
    }

    /// Asks a worker for a sign of life; see ``WorkerPort/sendHeartbeat(_:sequence:with:)``.
    ///
    /// - Parameter number: under which the observer hears of the answer. Nil: the machine asks.
    /// - Returns: false if the worker was not asked, so that its silence means nothing.
    func sendHeartbeat(_ number: Int?, to id: WorkerID) -> Bool {
        guard machine.workers[id]?.isSilent == false, let port = ports[id] else { return false }
        do throws(IOError) {
            let socket = try requireHeartbeatSocket()
            guard port.sendHeartbeat(number, sequence: machine.nextSequence(), with: socket) else { return false }
            // A worker that does not answer gets no connections, no matter who has asked.
            machine.didAsk(id)
            watch.begin()
            return true
        } catch {
            logger.info("no heartbeat sent", metadata: ["worker": "\(id)", "error": "\(error)"])
            return false
        }
    }

    private func requireHeartbeatSocket() throws(IOError) -> SharedDescriptor {
        if let heartbeatSocket { return heartbeatSocket }
        let socket = SharedDescriptor(stream: try UnixSocketPair().near.duplicated())
        heartbeatSocket = socket
        return socket
    }

    // MARK: Workers

    /// The settings with the program and its directory as they are found now.
    func resolve(_ settings: ClusterSettings) throws(ClusterError) -> ResolvedSettings {
        try launcher.resolve(settings)
    }

    /// Forks a worker for the supervisor, from settings of its own.
    func forkOne(
        _ settings: ClusterSettings, environment: [String: String], instance: Int, requestID: String?
    ) throws(ClusterError) -> WorkerInfo {
        try checkLaunch(settings)
        let opened = try openSockets(settings.listen)
        do throws(ClusterError) {
            let order = try perform { machine throws(ClusterError) in
                try machine.orderSupervisedFork(
                    settings, environment: environment, instance: instance, requestID: requestID)
            }
            guard let worker = try forkNext(order) else { throw .forkWithdrawn(count: 1, forked: []) }
            return worker
        } catch {
            report { $0.closeSockets(opened) }
            throw error
        }
    }

    /// Whether somebody has switched the worker's inspector on.
    func isInspected(_ id: WorkerID) -> Bool {
        machine.workers[id]?.attempts.has(.signal(.user1)) == true || ports[id]?.hasSeenInspector == true
    }

    /// The kernel's data on a worker's process. Nil if the process is gone.
    func reading(of id: WorkerID) -> ProcessReading? {
        ports[id].flatMap { ProcessReading(pid: $0.pid) }
    }
}
