// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Stands last in a server channel's pipeline: a connection that comes here is the server's, and is served also if
/// the server closes now.
final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let arrivals: ConnectionArrivals

    init(_ arrivals: ConnectionArrivals) {
        self.arrivals = arrivals
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        arrivals.didArrive(ObjectIdentifier(unwrapInboundIn(data)))
        context.fireChannelRead(data)
    }
}
