// SPDX-License-Identifier: Apache-2.0

import LinuxIO
public import Shared

extension Worker {
    /// Binds a UDP socket that this worker shares with the others, whatever the policy is: `dgram.Socket#bind`.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one, the same in all workers.
    ///   - host: an address or a name; nil is any address.
    ///   - exclusive: a socket of this worker's own.
    /// - Throws: as ``listen(port:host:backlog:exclusive:ipv6Only:reusePort:maxConnections:)``.
    public func bindDatagrams(
        port: Int, host: String? = nil, ipv6: Bool = false, exclusive: Bool = false, reuseAddress: Bool = false,
        ipv6Only: Bool = false
    ) async throws(ClusterError) -> DatagramSocket {
        let found = try await Self.lookUp(host ?? (ipv6 ? "::" : "0.0.0.0"), ipv6 ? .ipv6 : .ipv4)
        let request = ListenRequest(
            place: .init(address: found.text, port: port, addressType: ipv6 ? .udp6 : .udp4, fd: -1),
            flags: (ipv6Only ? ServerQuery.ipv6Only : 0) | (reuseAddress ? ServerQuery.reuseAddress : 0),
            isExclusive: exclusive)
        let opened = try await open(request)
        return DatagramSocket(opened.id, address(of: request, opened), of: self)
    }

    func receive(_ id: ListenerID) async throws(ClusterError) -> Datagram? {
        while !Task.isCancelled, let socket = driver.datagrams(id) {
            do {
                if let (bytes, from) = try socket.receive() {
                    return Datagram(bytes: bytes, host: from.address, port: from.port)
                }
                try await wait(id, socket.watch.whenReadable)
            } catch {
                throw ClusterError(.unavailable, .connectionClosed, "the socket broke: \(error)", cause: error)
            }
        }
        return nil
    }

    func send(_ bytes: [UInt8], to host: String, port: UInt16, from id: ListenerID) async throws(ClusterError) {
        while let socket = driver.datagrams(id) {
            guard !Task.isCancelled else {
                throw ClusterError(.unavailable, .connectionClosed, "the datagram was not sent: the task was cancelled")
            }
            do {
                if try socket.send(bytes, to: host, port: port) { return }
                try await wait(id, socket.watch.whenWritable)
            } catch {
                throw ClusterError(
                    .invalidArgument, .invalidField, "the datagram cannot be sent to \(host), port \(port): \(error)",
                    metadata: ["field": "host"], cause: error)
            }
        }
        throw ClusterError(.failedPrecondition, .connectionClosed, "the socket is closed; bind another")
    }

    /// Waits until the socket is ready or closed, or the task is cancelled. The caller checks which of these it was.
    private func wait(
        _ id: ListenerID, _ register: (@escaping () -> Void) throws(IOError) -> Void
    ) async throws {
        try await withTaskCancellationHandler {
            try await self.waitHere(register)
        } onCancel: {
            Task { await self.wakeAll(id) }
        }
    }

    /// Runs on the loop's thread from the check of the task to the registration, so that no cancellation comes in
    /// between.
    private func waitHere(_ register: (@escaping () -> Void) throws(IOError) -> Void) async throws {
        guard !Task.isCancelled else { return }
        try await ReadinessWait.once(isolation: self, register)
    }

    /// Tasks that are not cancelled wait again.
    private func wakeAll(_ id: ListenerID) {
        driver.datagrams(id)?.watch.wakeAll()
    }
}
