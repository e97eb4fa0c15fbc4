// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// A connection to the agent: HTTP/1.1 with limits, and on the unix socket only for those who may.
struct AgentChannel: ServerChildChannel {
    private let http: HTTP1Channel
    private let transport: Transport
    private let limits: ConnectionLimits

    init(responder: @escaping HTTPChannelHandler.Responder, transport: Transport, limits: ConnectionLimits) {
        self.transport = transport
        self.limits = limits
        http = HTTP1Channel(
            responder: { request, writer, channel in
                channel.triggerUserOutboundEvent(ConnectionPhase.answering, promise: nil)
                try await responder(request, writer, channel)
                channel.triggerUserOutboundEvent(ConnectionPhase.answered, promise: nil)
            },
            configuration: HTTP1Channel.Configuration(
                idleTimeout: limits.idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerCount)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        admit(channel, logger: logger).flatMapThrowing {
            try channel.pipeline.syncOperations.addHandler(
                RequestDeadlineHandler(limits: limits.request), position: .first)
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }

    /// Fails, which closes the connection, where a user other than the agent's own or root has connected.
    private func admit(_ channel: any Channel, logger: Logger) -> EventLoopFuture<Void> {
        guard transport == .unix else { return channel.eventLoop.makeSucceededVoidFuture() }
        return PeerCredentials.user(of: channel).flatMapThrowing { user in
            guard PeerCredentials.mayConnect(user) else {
                logger.warning("refused a connection of another user", metadata: ["uid": "\(user)"])
                channel.close(promise: nil)
                throw ChannelError.operationUnsupported
            }
        }
    }
}
