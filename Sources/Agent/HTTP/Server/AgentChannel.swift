// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1
import NIOSSL
import Shared

/// A connection to the agent: HTTP/1.1 with limits, and on the unix socket only for permitted users.
struct AgentChannel: ServerChildChannel {
    private let http: HTTP1Channel
    private let listener: Listener
    private let gate: ConnectionGate

    init(responder: @escaping HTTPChannelHandler.Responder, listener: Listener, gate: ConnectionGate) {
        self.listener = listener
        self.gate = gate
        let limits = gate.limits
        http = HTTP1Channel(
            responder: { request, writer, channel in
                channel.triggerUserOutboundEvent(ConnectionPhase.answering, promise: nil)
                try await responder(request, writer, channel)
                channel.triggerUserOutboundEvent(ConnectionPhase.answered, promise: nil)
                gate.didAnswer(on: channel)
            },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ProtocolErrorHandler(limits: limits)], idleTimeout: limits.idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerCount)))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let ready = gate.admit(channel, to: listener, logger: logger).flatMapThrowing {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(gate.makeWriteDeadline(for: channel, logger: logger))
            if case .tls = listener, let tls = gate.tls {
                try pipeline.addHandler(NIOSSLServerHandler(context: tls.current))
                try pipeline.addHandler(gate.makeTLSOutcomeHandler(for: channel, logger: logger))
            }
            try pipeline.addHandler(
                RequestDeadlineHandler(limits: gate.limits.request) {
                    gate.noteRefusal(.requestTimeout, on: channel, logger: logger)
                })
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }.flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.handler(type: ProtocolErrorHandler.self).didRefuse = { reason in
                gate.noteRefusal(reason, on: channel, logger: logger)
            }
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(ConnectionRulesHandler(), position: .before(codec))
            return value
        }
        // Nobody serves it then, so nobody else removes it.
        ready.whenFailure { [gate] _ in gate.peers.forget(channel) }
        return ready
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
        gate.peers.forget(value.channel)
    }
}
