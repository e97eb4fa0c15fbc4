// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Stands first in a server channel's pipeline, in place of its socket. The server reads the worker's connections, and
/// connections to its own socket are turned away.
final class ConnectionIntake: ChannelDuplexHandler {
    typealias InboundIn = Any
    typealias OutboundIn = Never

    private let demand: ConnectionDemand
    private let arrivals: ConnectionArrivals

    init(_ demand: ConnectionDemand, _ arrivals: ConnectionArrivals) {
        self.demand = demand
        self.arrivals = arrivals
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The server has asked for its first connection before this handler was there.
        demand.signal()
    }

    /// Stops here, because nobody should connect to the server's own socket.
    func read(context: ChannelHandlerContext) {
        demand.signal()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case let handed as HandedConnection: context.fireChannelRead(NIOAny(handed.channel))
        case let accepted as any Channel: accepted.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    private func end() {
        demand.end()
        arrivals.end()
    }
}
