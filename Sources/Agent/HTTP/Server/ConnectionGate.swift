// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import Shared

/// Who may connect, and how often. All listeners share it.
struct ConnectionGate: Sendable {
    let limits: ConnectionLimits
    /// For the listeners with TLS.
    let tls: TLSContext?
    let reserve: DescriptorReserve
    /// Who may use the unix socket.
    let roles: SocketRoles
    /// Of connections over TCP, and of those over the unix socket, because each listener has a limit of its own.
    private let places: ConnectionPlaces
    private let localPlaces: ConnectionPlaces
    let peers = ConnectedPeers()
    private let census: ConnectionCensus
    let refused = RefusedConnections()

    init(
        limits: ConnectionLimits, tls: TLSContext? = nil, reserve: DescriptorReserve, roles: SocketRoles = SocketRoles()
    ) {
        self.limits = limits
        self.tls = tls
        self.reserve = reserve
        self.roles = roles
        places = ConnectionPlaces(places: limits.connections)
        localPlaces = ConnectionPlaces(places: limits.connections)
        census = ConnectionCensus(limit: limits.connectionsPerAddress)
    }

    /// Fails, which closes the connection, if the client may not connect or gets a refusal.
    func admit(_ channel: any Channel, to listener: Listener, logger: Logger) -> EventLoopFuture<Void> {
        switch listener {
        case .unix: checkUser(channel, logger: logger)
        case .tcp, .tls: channel.eventLoop.makeCompletedFuture { try count(channel, on: listener, logger: logger) }
        }
    }

    private func checkUser(_ channel: any Channel, logger: Logger) -> EventLoopFuture<Void> {
        PeerCredentials.of(channel).flatMapThrowing { caller in
            guard let role = roles.role(of: caller.user, in: caller.groups) else {
                refused.add(.peerNotAllowed, ["uid": "\(caller.user)"], to: logger)
                channel.close(promise: nil)
                throw ChannelError.operationUnsupported
            }
            peers.admit(ConnectedPeers.Peer(user: .user(caller.user, role: role)), on: channel)
            for _ in localPlaces.enter(channel) { refused.add(.displaced, ["listener": "unix"], to: logger) }
        }
    }

    private func count(_ channel: any Channel, on listener: Listener, logger: Logger) throws {
        if let refusal = reserve.refusal(of: ObjectIdentifier(channel)) {
            refused.add(.outOfDescriptors, Self.address(of: channel), to: logger)
            return try turnAway(channel, from: listener, refusal)
        }
        guard let client = ClientAddress(channel.remoteAddress) else { return }
        guard census.enter(client) else {
            refused.add(.tooManyConnections, Self.address(of: channel), to: logger)
            return try turnAway(channel, from: listener, tooMany)
        }
        channel.closeFuture.whenComplete { _ in census.leave(client) }
        peers.admit(ConnectedPeers.Peer(address: client), on: channel)
        for displaced in places.enter(channel) { refused.add(.displaced, Self.address(of: displaced), to: logger) }
    }

    /// A request of this caller is being served.
    func isServing(_ principal: Principal, on channel: any Channel) {
        for places in [places, localPlaces] { places.isServing(principal, on: channel) }
    }

    /// The answer has gone out.
    func didAnswer(on channel: any Channel) {
        for places in [places, localPlaces] { places.didAnswer(on: channel) }
    }

    /// The handlers next to the socket.
    func makeWriteDeadline(for channel: any Channel, logger: Logger) -> WriteDeadlineHandler {
        let address = Self.address(of: channel)
        return WriteDeadlineHandler(limits: limits.write) { refused.add(.notRead, address, to: logger) }
    }

    /// The handlers next to TLS.
    func makeTLSOutcomeHandler(for channel: any Channel, logger: Logger) -> TLSOutcomeHandler {
        let address = Self.address(of: channel)
        return TLSOutcomeHandler(
            didFail: { error in
                refused.add(.tlsFailed, address.merging(["error": "\(error)"]) { given, _ in given }, to: logger)
            }, didShow: { peers.didShow($0, on: channel) })
    }

    /// Empty for a unix socket.
    private static func address(of channel: any Channel) -> Logger.Metadata {
        guard let address = channel.remoteAddress, address.port != nil else { return [:] }
        return ["address": "\(address)"]
    }

    /// The answer to a request that is refused before it can be served.
    func noteRefusal(_ reason: ErrorReason, on channel: any Channel, logger: Logger) {
        guard let reason = RefusedConnections.Reason(rawValue: reason.rawValue) else { return }
        refused.add(reason, Self.address(of: channel), to: logger)
    }

    private func turnAway(_ channel: any Channel, from listener: Listener, _ error: ClusterError) throws {
        // Over TLS nothing can be said before the handshake, and a refusal is not worth its cost.
        guard case .tcp = listener else {
            channel.close(promise: nil)
            throw ChannelError.operationUnsupported
        }
        try channel.pipeline.syncOperations.addHandler(TurnedAwayHandler(error, patience: limits.refusal))
    }

    private var tooMany: ClusterError {
        ClusterError(
            .resourceExhausted, .tooManyConnections,
            "this address has \(limits.connectionsPerAddress) connections already; close some, or use one for several requests",
            metadata: ["limit": "\(limits.connectionsPerAddress)"])
    }
}
