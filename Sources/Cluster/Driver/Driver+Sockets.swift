// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared

// The sockets that the primary keeps for its workers.
extension Driver {
    /// Makes the sockets that the next workers are started with.
    ///
    /// - Returns: those that are new.
    /// - Throws: `LISTEN_FAILED` if one cannot be made; none is new then. `INVALID_FIELD` if none ever could.
    func openSockets(_ urls: [ListenURL]) throws(ClusterError) -> [HandleID] {
        try ListenProblem.check(urls)
        let keys = HandleKey.keys(of: urls)
        let lost = keys.compactMap { machine.handles.id(of: $0) }.filter { handles[$0]?.hasLostPath == true }
        let opened = report { $0.openSockets(urls, lost: lost) }
        guard let problem = handles.takeProblem() else { return opened }
        report { $0.closeSockets(opened) }
        throw problem.refusal(at: urls.firstIndex(of: problem.url) ?? 0)
    }

    func didQuery(_ id: WorkerID, _ query: ServerQuery) {
        let isLost = machine.handles.id(of: query.key).flatMap { handles[$0]?.hasLostPath } ?? false
        report { $0.didQuery(id, query, isLost: isLost) }
    }

    /// A worker has closed one of its servers.
    func didCloseServer(_ id: WorkerID, key: String) {
        let served = machine.workers[id]?.serves
        report { $0.didCloseServer(id, key: key) }
        if served == true, machine.workers[id]?.serves == false { notify(.closedServers(id)) }
    }

    func didAccept(_ connection: consuming OwnedFD, on handle: HandleID) {
        let id = handles.keep(connection)
        guard machine.keepsClients(on: handle) else { return report { $0.didAccept(id, on: handle) } }
        guard machine.steering.stickiness == .header else {
            return report { $0.didAccept(id, on: handle, bucket: handles.addressBucket(of: id)) }
        }
        if let word = handles.look(at: id) {
            report { $0.didAccept(id, on: handle, bucket: handles.bucket(of: word, id)) }
        } else if machine.mayAwaitClient(on: handle), handles.awaitClient(of: id, on: handle) {
            report { $0.didAcceptUnread(id, on: handle) }
        } else {
            report { $0.didAccept(id, on: handle, bucket: handles.addressBucket(of: id)) }
        }
    }

    /// A worker that a signal has stopped would keep the connection, and nobody could take it back.
    func handOver(_ connection: ConnectionID, through handle: HandleID, to id: WorkerID, _ sequence: Int) {
        guard let port = port(of: id) else { return }
        if port.isQuiet, port.process.isStopped {
            report { $0.didFindStopped(id, sequence: sequence) }
        } else {
            handles.handOver(connection, through: handle, to: port, sequence)
        }
        watch.begin()
    }
}
